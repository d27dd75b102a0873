//! The last result at one place of a query that calls a function with arguments.
//!
//! A policy calls with the same constants for each row, so the result of the last row is that of this
//! row: if the claims have not changed and the arguments are the same, byte by byte. Kept in
//! `fn_extra`, where Postgres gives each place a pointer of its own; alone it would outlive a change
//! of claims, in a loop of plpgsql for one.

use std::ptr;

use pgrx::pg_sys;

use crate::entry::answers;
use crate::entry::arguments::Arguments;

/// The most arguments that a function with a call site has.
const MAX_ARGUMENTS: usize = 5;

/// The longest argument that is kept, in bytes.
pub const MAX_ARGUMENT_BYTES: usize = 4096;

/// One place of a query, as long as its `FmgrInfo` lives.
#[repr(C)]
pub struct CallSite {
    generation: u64,
    /// The query gives the same arguments to every call at this place.
    constant: bool,
    result: pg_sys::NullableDatum,
    arguments: [ArgumentCopy; MAX_ARGUMENTS],
}

/// A copy of an argument.
#[repr(C)]
#[derive(Clone, Copy)]
struct ArgumentCopy {
    start: *mut u8,
    length: usize,
}

/// The result of the last call at this place, if it is that of this call.
///
/// # Safety
/// `fcinfo` is the call in hand of a function that keeps nothing but a call site in `fn_extra`.
#[inline(always)]
pub unsafe fn last_result(
    fcinfo: pg_sys::FunctionCallInfo,
    arguments: Arguments,
) -> Option<pg_sys::NullableDatum> {
    // SAFETY: promised by the caller; `remember` made the site and its images.
    unsafe {
        // A C function that calls directly gives no place.
        let place = (*fcinfo).flinfo.as_ref()?;
        let site = place.fn_extra.cast::<CallSite>().as_ref()?;
        let same = || (0..arguments.count()).all(|i| site.arguments[i].equals(arguments.datum_bytes(i)));
        (answers::is_current(site.generation) && (site.constant || same())).then_some(site.result)
    }
}

impl ArgumentCopy {
    /// # Safety
    /// `start` is readable for `length` bytes, or `length` is 0.
    unsafe fn equals(self, datum_bytes: Option<&[u8]>) -> bool {
        datum_bytes.is_some_and(|datum_bytes| {
            // The lengths first: comparing no bytes costs 100 ns where their address is none.
            datum_bytes.len() == self.length
                && (datum_bytes.is_empty()
                    // SAFETY: promised by the caller.
                    || datum_bytes == unsafe { std::slice::from_raw_parts(self.start, self.length) })
        })
    }
}

/// Whether every argument at this place is a constant of the query. A parameter is not: a simple
/// expression of plpgsql keeps its place while its parameters change.
///
/// # Safety
/// `function` is that of the call in hand.
unsafe fn has_constant_arguments(function: *const pg_sys::FmgrInfo) -> bool {
    // SAFETY: promised by the caller; a node says what it is, and a list holds `length` nodes.
    unsafe {
        let call = (*function).fn_expr.cast::<pg_sys::FuncExpr>();
        if call.is_null() || (*call).xpr.type_ != pg_sys::NodeTag::T_FuncExpr {
            return false;
        }
        let Some(arguments) = (*call).args.as_ref() else {
            return false;
        };
        (0..arguments.length as usize).all(|i| {
            let argument = (*arguments.elements.add(i)).ptr_value.cast::<pg_sys::Node>();
            (*argument).type_ == pg_sys::NodeTag::T_Const
        })
    }
}

/// Keeps the result of this call for the next. Nothing is kept where an argument is not at hand.
///
/// # Safety
/// As for `last_result`. A result by reference outlives the transaction, as `values` makes it.
pub unsafe fn remember(
    fcinfo: pg_sys::FunctionCallInfo,
    arguments: Arguments,
    generation: u64,
    result: pg_sys::NullableDatum,
) {
    // SAFETY: promised by the caller. `fn_mcxt` lives as long as the FmgrInfo that points at the site.
    unsafe {
        let function = (*fcinfo).flinfo;
        if function.is_null() {
            return;
        }
        let context = (*function).fn_mcxt;
        if (*function).fn_extra.is_null() {
            (*function).fn_extra = pg_sys::MemoryContextAllocZero(context, size_of::<CallSite>());
        }
        let site = &mut *(*function).fn_extra.cast::<CallSite>();
        site.generation = 0;
        for i in 0..arguments.count().min(MAX_ARGUMENTS) {
            let Some(datum_bytes) = arguments
                .datum_bytes(i)
                .filter(|datum_bytes| datum_bytes.len() <= MAX_ARGUMENT_BYTES)
            else {
                return;
            };
            let kept = &mut site.arguments[i];
            if kept.length < datum_bytes.len() || datum_bytes.is_empty() {
                if !kept.start.is_null() {
                    pg_sys::pfree(std::mem::replace(&mut kept.start, ptr::null_mut()).cast());
                }
                kept.length = 0;
            }
            if !datum_bytes.is_empty() {
                if kept.start.is_null() {
                    kept.start = pg_sys::MemoryContextAlloc(context, datum_bytes.len()).cast();
                }
                ptr::copy_nonoverlapping(datum_bytes.as_ptr(), kept.start, datum_bytes.len());
                kept.length = datum_bytes.len();
            }
        }
        site.constant = has_constant_arguments(function);
        site.result = result;
        site.generation = generation;
    }
}
