//! The arguments of the current call.
//!
//! Arguments are compared byte by byte. Comparing addresses would not be enough: after a value is freed,
//! another value can have its address.

use std::borrow::Cow;
use std::ffi::{c_int, CStr};

use pgrx::varlena::{varatt_is_1b_e, varatt_is_4b_c, varsize_any};
use pgrx::{direct_function_call_as_datum, pg_sys};

use crate::pg::values::encoding;

/// The most elements that an array argument may have. The limit is checked before any allocation, because
/// Rust aborts the process when an allocation fails.
const MAX_ELEMENTS: c_int = 1024;

/// The arguments of one call of a SQL function. Unless a method says otherwise, it reads an argument of a
/// type that is passed by reference.
#[derive(Clone, Copy)]
pub struct Arguments<'call> {
    fcinfo: pg_sys::FunctionCallInfo,
    lifetime: std::marker::PhantomData<&'call ()>,
}

impl<'call> Arguments<'call> {
    /// # Safety
    /// `fcinfo` is the current call and lives for `'call`. Each argument has the type that is implied by the
    /// method that reads it.
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

    /// A pointer to the varlena of an argument; `None` is SQL NULL.
    #[inline(always)]
    fn varlena(self, index: usize) -> Option<*mut pg_sys::varlena> {
        assert!(index < self.count());
        // SAFETY: see `of`; the call has at least `index + 1` arguments.
        let argument = unsafe { *(*self.fcinfo).args.as_ptr().add(index) };
        (!argument.isnull).then(|| argument.value.cast_mut_ptr())
    }

    /// The bytes of an argument's datum, empty for SQL NULL. `None` if the datum is compressed or stored out
    /// of line, because its bytes are then not in memory as they are.
    #[inline(always)]
    pub fn datum_bytes(self, index: usize) -> Option<&'call [u8]> {
        let Some(varlena) = self.varlena(index) else {
            return Some(&[]);
        };
        // SAFETY: see `of`; a varlena that is neither compressed nor out of line is as long as its header
        // says.
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

    /// The bytes of a `text` argument, in the database encoding; `None` is SQL NULL.
    pub fn text_bytes(self, index: usize) -> Option<&'call [u8]> {
        // SAFETY: see `of`.
        self.varlena(index)
            .map(|varlena| unsafe { varlena_content(varlena) })
    }

    /// A `name` argument, in the database encoding; `None` is SQL NULL.
    pub fn name(self, index: usize) -> Option<&'call CStr> {
        // SAFETY: see `of`; a name is passed by reference and NUL-terminated.
        self.varlena(index)
            .map(|name| unsafe { CStr::from_ptr(name.cast()) })
    }

    /// The datum of an argument of any type, unchanged.
    pub fn datum(self, index: usize) -> pg_sys::Datum {
        self.varlena(index)
            .map_or(pg_sys::Datum::null(), pg_sys::Datum::from)
    }

    /// The actual type of an argument in this call of a polymorphic function.
    pub fn type_of(self, index: usize) -> pg_sys::Oid {
        // SAFETY: see `of`; `flinfo` is null or valid, and `get_fn_expr_argtype` checks the index.
        unsafe { pg_sys::get_fn_expr_argtype((*self.fcinfo).flinfo, index as c_int) }
    }

    /// Whether a varlena argument has more bytes than this. Does not fetch the value.
    pub fn is_longer_than(self, index: usize, bytes: usize) -> bool {
        self.varlena(index).is_some_and(|varlena| {
            // SAFETY: see `of`.
            let size = unsafe { pg_sys::toast_raw_datum_size(pg_sys::Datum::from(varlena)) };
            size > bytes + pg_sys::VARHDRSZ
        })
    }

    pub fn is_null(self, index: usize) -> bool {
        self.varlena(index).is_none()
    }

    /// A `jsonb` argument as JSON in UTF-8.
    pub fn json(self, index: usize) -> TextArgument<'call> {
        match self.varlena(index) {
            None => TextArgument::Null,
            // SAFETY: see `of`; jsonb_out returns a NUL-terminated string that lives as long as the call's
            // memory context.
            Some(jsonb) => unsafe {
                let argument = pg_sys::Datum::from(jsonb);
                let text = direct_function_call_as_datum(pg_sys::jsonb_out, &[Some(argument)]);
                text.map_or(TextArgument::Null, |text| {
                    text_at(CStr::from_ptr(text.cast_mut_ptr()).to_bytes())
                })
            },
        }
    }

    /// An argument of type `oid` or an alias of it; `InvalidOid` for SQL NULL.
    pub fn oid(self, index: usize) -> pg_sys::Oid {
        assert!(index < self.count());
        // SAFETY: see `of`; an oid is passed by value.
        let argument = unsafe { *(*self.fcinfo).args.as_ptr().add(index) };
        if argument.isnull {
            return pg_sys::InvalidOid;
        }
        pg_sys::Oid::from(argument.value.value() as u32)
    }

    /// An `interval` argument in whole seconds, with months of 30 days; `None` is SQL NULL.
    pub fn interval_seconds(self, index: usize) -> Option<i64> {
        let interval = self.varlena(index)?.cast::<pg_sys::Interval>();
        // SAFETY: see `of`; an interval is passed by reference.
        let interval = unsafe { *interval };
        let days = i64::from(interval.month) * 30 + i64::from(interval.day);
        Some(days * 86_400 + interval.time.div_euclid(1_000_000))
    }

    /// A `text[]` argument, flattened. `None` if it is NULL or too long, or if an element is NULL or cannot
    /// be converted to UTF-8.
    pub fn text_array(self, index: usize) -> Option<Vec<Cow<'call, str>>> {
        // SAFETY: see `of`; the dimensions of an array follow its header.
        let array = unsafe {
            let array = pg_sys::pg_detoast_datum(self.varlena(index)?).cast::<pg_sys::ArrayType>();
            let dimensions = array.add(1).cast::<c_int>();
            if pg_sys::ArrayGetNItems((*array).ndim, dimensions) > MAX_ELEMENTS {
                return None;
            }
            array
        };
        let (mut elements, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        // SAFETY: see `of`; deconstruct_array writes `count` elements and null flags. The elements point into
        // the detoasted array, which lives as long as the call.
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

/// A `text` or `jsonb` argument.
pub enum TextArgument<'call> {
    Null,
    Text(Cow<'call, str>),
    /// The value cannot be converted to UTF-8, so no claim can equal it.
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
    // SAFETY: promised by the caller; the detoasted copy lives as long as the call's memory context.
    unsafe { pgrx::varlena::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(varlena)) }
}
