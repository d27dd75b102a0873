//! The last result at one call site: one place in a query that calls a function with arguments.
//!
//! A policy passes the same constants for every row. If the claims have not changed and the arguments are
//! equal byte by byte, the last result is returned. It is kept in `fn_extra`, which belongs to one place of a
//! query, together with the generation: without the generation, a result would survive a change of the
//! claims, for example in a PL/pgSQL loop.

use std::ptr;

use pgrx::pg_sys;

use crate::entry::answers;
use crate::entry::arguments::Arguments;

/// The most arguments of a function that keeps a call site.
const MAX_ARGUMENTS: usize = 5;

/// The size of the longest argument that is kept, in bytes.
pub const MAX_ARGUMENT_BYTES: usize = 4096;

/// One place in a query. Lives as long as the place's `FmgrInfo`.
#[repr(C)]
pub struct CallSite {
    generation: u64,
    /// All arguments at this place are constants.
    constant: bool,
    result: pg_sys::NullableDatum,
    arguments: [ArgumentCopy; MAX_ARGUMENTS],
}

/// A copy of the bytes of an argument.
#[repr(C)]
#[derive(Clone, Copy)]
struct ArgumentCopy {
    start: *mut u8,
    length: usize,
}

/// The result of the last call at this place, if it is also the result of this call.
///
/// # Safety
/// `fcinfo` is the current call, of a function that stores nothing but a call site in `fn_extra`.
#[inline(always)]
pub unsafe fn last_result(
    fcinfo: pg_sys::FunctionCallInfo,
    arguments: Arguments,
) -> Option<pg_sys::NullableDatum> {
    // SAFETY: promised by the caller; `remember` wrote the call site and the copies of the arguments.
    unsafe {
        // `flinfo` is null when C code calls the function directly.
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
            // Lengths are compared first: comparing zero bytes at a null address took 100 ns.
            datum_bytes.len() == self.length
                && (datum_bytes.is_empty()
                    // SAFETY: promised by the caller.
                    || datum_bytes == unsafe { std::slice::from_raw_parts(self.start, self.length) })
        })
    }
}

/// Whether all arguments at this place are constants. A parameter is not: a simple expression in PL/pgSQL
/// keeps its place while its parameters change.
///
/// # Safety
/// `function` is the `flinfo` of the current call.
unsafe fn has_constant_arguments(function: *const pg_sys::FmgrInfo) -> bool {
    // SAFETY: promised by the caller; a node's tag gives its type, and a list has `length` elements.
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

/// Calls `compute` so that what it allocates lives as long as this place, if all arguments are constants: then there
/// is one result for each generation.
///
/// # Safety
/// As for `last_result`.
pub unsafe fn in_memory_of_constants<R>(
    fcinfo: pg_sys::FunctionCallInfo,
    compute: impl FnOnce() -> R,
) -> Option<R> {
    // SAFETY: promised by the caller. After an error, PostgreSQL chooses the memory context itself.
    unsafe {
        let function = (*fcinfo).flinfo;
        if function.is_null() || !has_constant_arguments(function) {
            return None;
        }
        let former = pg_sys::MemoryContextSwitchTo((*function).fn_mcxt);
        let result = compute();
        pg_sys::MemoryContextSwitchTo(former);
        Some(result)
    }
}

/// Keeps the result of this call for the next one, unless the bytes of an argument are not in memory or too
/// long.
///
/// # Safety
/// As for `last_result`. A result that is passed by reference outlives this place, as a kept value does, or lives as
/// long.
pub unsafe fn remember(
    fcinfo: pg_sys::FunctionCallInfo,
    arguments: Arguments,
    generation: u64,
    result: pg_sys::NullableDatum,
) {
    // SAFETY: promised by the caller. `fn_mcxt` lives as long as the `FmgrInfo` that points to the call site.
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
