//! The arguments of the call in hand, and whether they are those of the last call.
//!
//! Arguments are compared byte by byte. That is right for constants and columns alike, where the
//! address alone is not: a freed value's address comes back with another value.

use std::borrow::Cow;
use std::ffi::{c_int, CStr};

use pgrx::varlena::{varatt_is_1b_e, varatt_is_4b_c, varsize_any};
use pgrx::{direct_function_call_as_datum, pg_sys};

use crate::pg::values::encoding;

/// Elements of an array argument; a longer one is none that anything here could mean. Bounded before
/// memory is asked for, because Rust ends the process where there is none.
const MAX_ELEMENTS: c_int = 1024;

/// The arguments of one call of a SQL function, of types that are passed by reference unless a method says
/// otherwise.
#[derive(Clone, Copy)]
pub struct Arguments<'call> {
    fcinfo: pg_sys::FunctionCallInfo,
    lifetime: std::marker::PhantomData<&'call ()>,
}

impl<'call> Arguments<'call> {
    /// # Safety
    /// `fcinfo` is the call in hand, alive for `'call`, and each argument is of the type that it
    /// is asked for as.
    #[inline(always)]
    pub unsafe fn of(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        Self {
            fcinfo,
            lifetime: std::marker::PhantomData,
        }
    }

    #[inline(always)]
    pub fn count(self) -> usize {
        // SAFETY: see `of`.
        unsafe { (*self.fcinfo).nargs as usize }
    }

    /// The varlena of an argument; `None` is SQL NULL.
    #[inline(always)]
    fn varlena(self, index: usize) -> Option<*mut pg_sys::varlena> {
        assert!(index < self.count());
        // SAFETY: see `of`; the call has at least `index + 1` arguments.
        let argument = unsafe { *(*self.fcinfo).args.as_ptr().add(index) };
        (!argument.isnull).then(|| argument.value.cast_mut_ptr())
    }

    /// The whole datum of an argument, SQL NULL being the empty one; `None` when it is compressed or
    /// out of line, so that its bytes are not at hand.
    #[inline(always)]
    pub fn datum_bytes(self, index: usize) -> Option<&'call [u8]> {
        let Some(varlena) = self.varlena(index) else {
            return Some(&[]);
        };
        // SAFETY: see `of`; a plain varlena is as long as its header says.
        unsafe {
            if varatt_is_1b_e(varlena) || varatt_is_4b_c(varlena) {
                return None;
            }
            Some(std::slice::from_raw_parts(
                varlena.cast::<u8>(),
                varsize_any(varlena),
            ))
        }
    }

    /// A `text` argument in UTF-8.
    pub fn text(self, index: usize) -> TextArgument<'call> {
        match self.varlena(index) {
            None => TextArgument::Null,
            // SAFETY: see `of`.
            Some(varlena) => text_at(unsafe { varlena_content(varlena) }),
        }
    }

    /// A `text` argument's bytes, in the database's encoding; `None` is SQL NULL.
    pub fn text_bytes(self, index: usize) -> Option<&'call [u8]> {
        // SAFETY: see `of`.
        self.varlena(index)
            .map(|varlena| unsafe { varlena_content(varlena) })
    }

    /// A `name` argument, in the database's encoding; `None` is SQL NULL.
    pub fn name(self, index: usize) -> Option<&'call CStr> {
        // SAFETY: see `of`; a name is a NUL-terminated string, passed by reference too.
        self.varlena(index)
            .map(|name| unsafe { CStr::from_ptr(name.cast()) })
    }

    /// An argument of any type, as it came.
    pub fn datum(self, index: usize) -> pg_sys::Datum {
        self.varlena(index)
            .map_or(pg_sys::Datum::null(), pg_sys::Datum::from)
    }

    /// The type that an argument has in this call of a polymorphic function.
    pub fn type_of(self, index: usize) -> pg_sys::Oid {
        // SAFETY: see `of`; the place of the call, or null, and a number within its arguments.
        unsafe { pg_sys::get_fn_expr_argtype((*self.fcinfo).flinfo, index as c_int) }
    }

    /// Whether an argument is a varlena of more bytes than this, found out without fetching it.
    pub fn is_longer_than(self, index: usize, bytes: usize) -> bool {
        self.varlena(index).is_some_and(|varlena| {
            // SAFETY: see `of`.
            let size = unsafe { pg_sys::toast_raw_datum_size(pg_sys::Datum::from(varlena)) };
            size > bytes + pg_sys::VARHDRSZ
        })
    }

    /// Whether an argument is NULL.
    pub fn is_null(self, index: usize) -> bool {
        self.varlena(index).is_none()
    }

    /// A `jsonb` argument as JSON in UTF-8.
    pub fn json(self, index: usize) -> TextArgument<'call> {
        match self.varlena(index) {
            None => TextArgument::Null,
            // SAFETY: see `of`; jsonb_out returns a NUL-terminated string in the memory of the call.
            Some(jsonb) => unsafe {
                let argument = pg_sys::Datum::from(jsonb);
                let text = direct_function_call_as_datum(pg_sys::jsonb_out, &[Some(argument)]);
                text.map_or(TextArgument::Null, |text| {
                    text_at(CStr::from_ptr(text.cast_mut_ptr()).to_bytes())
                })
            },
        }
    }

    /// An `oid` argument, or one of its aliases; none is given where it is NULL.
    pub fn oid(self, index: usize) -> pg_sys::Oid {
        assert!(index < self.count());
        // SAFETY: see `of`; an oid is passed by value.
        let argument = unsafe { *(*self.fcinfo).args.as_ptr().add(index) };
        if argument.isnull {
            return pg_sys::InvalidOid;
        }
        pg_sys::Oid::from(argument.value.value() as u32)
    }

    /// An `interval` argument in whole seconds, a month being 30 days; `None` is SQL NULL.
    pub fn interval_seconds(self, index: usize) -> Option<i64> {
        let interval = self.varlena(index)?.cast::<pg_sys::Interval>();
        // SAFETY: see `of`; an interval is passed by reference too.
        let interval = unsafe { *interval };
        let days = i64::from(interval.month) * 30 + i64::from(interval.day);
        Some(days * 86_400 + interval.time.div_euclid(1_000_000))
    }

    /// A `text[]` argument, flattened; `None` when it is NULL, too long, or has an element that is NULL
    /// or that UTF-8 cannot express.
    pub fn text_array(self, index: usize) -> Option<Vec<Cow<'call, str>>> {
        // SAFETY: the argument is an array, whose dimensions follow its header.
        let array = unsafe {
            let array = pg_sys::pg_detoast_datum(self.varlena(index)?).cast::<pg_sys::ArrayType>();
            let dimensions = array.add(1).cast::<c_int>();
            if pg_sys::ArrayGetNItems((*array).ndim, dimensions) > MAX_ELEMENTS {
                return None;
            }
            array
        };
        let (mut elements, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        // SAFETY: the argument is an array of text; deconstruct_array fills `count` elements and
        // null flags, whose datums point into the detoasted array, which lives as long as the call.
        unsafe {
            pg_sys::deconstruct_array(
                array,
                pg_sys::TEXTOID,
                -1,
                false,
                pg_sys::TYPALIGN_INT as std::ffi::c_char,
                &mut elements,
                &mut nulls,
                &mut count,
            );
            (0..count as c_int as usize)
                .map(|i| match *nulls.add(i) {
                    true => None,
                    false => match text_at(varlena_content((*elements.add(i)).cast_mut_ptr())) {
                        TextArgument::Text(text) => Some(text),
                        TextArgument::Null | TextArgument::Inexpressible => None,
                    },
                })
                .collect()
        }
    }
}

/// A `text` argument.
pub enum TextArgument<'call> {
    Null,
    Text(Cow<'call, str>),
    /// Not to be had in UTF-8, so that no claim can equal it.
    Inexpressible,
}

fn text_at(bytes: &[u8]) -> TextArgument<'_> {
    let text = encoding::to_utf8(bytes).and_then(|utf8| match utf8 {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    });
    text.map_or(TextArgument::Inexpressible, TextArgument::Text)
}

/// # Safety
/// `varlena` points at a varlena that lives for `'call`.
unsafe fn varlena_content<'call>(varlena: *mut pg_sys::varlena) -> &'call [u8] {
    // SAFETY: promised by the caller; the detoasted form lives in the memory of the call.
    unsafe { pgrx::varlena::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(varlena)) }
}
