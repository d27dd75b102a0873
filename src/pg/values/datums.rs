//! Whole datums as bytes: what `values` keeps and the executor reads.

use pgrx::varlena::varsize_any;
use pgrx::{direct_function_call_as_datum, pg_sys};

use crate::pg::values::encoding;
use crate::pg::values::recovery::none_on_data_error;

/// `text` with this content; `None` when the database's encoding cannot express it.
pub fn text(content: &str) -> Option<Vec<u8>> {
    Some(text_of_bytes(&encoding::from_utf8(content)?))
}

/// `text` with these bytes of the database's encoding.
pub fn text_of_bytes(content: &[u8]) -> Vec<u8> {
    let size = pg_sys::VARHDRSZ + content.len();
    let mut datum_bytes = Vec::with_capacity(size);
    datum_bytes.extend_from_slice(&four_byte_header(size));
    datum_bytes.extend_from_slice(content);
    datum_bytes
}

/// `text[]` with these elements.
pub fn text_array(elements: &[String]) -> Option<Vec<u8>> {
    let elements_bytes = elements
        .iter()
        .map(|element| text(element))
        .collect::<Option<Vec<_>>>()?;
    let mut pointers: Vec<_> = elements_bytes
        .iter()
        .map(|datum_bytes| pg_sys::Datum::from(datum_bytes.as_ptr()))
        .collect();
    let count = i32::try_from(pointers.len()).ok()?;
    // SAFETY: each datum points at a complete varlena in `elements_bytes`, which outlives the call; the array
    // is a fresh copy of them all.
    unsafe {
        let array = pg_sys::construct_array(
            pointers.as_mut_ptr(),
            count,
            pg_sys::TEXTOID,
            -1,
            false,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
        );
        Some(copy_and_free(array.cast()))
    }
}

/// `jsonb` with the meaning of this JSON text; `None` when Postgres cannot hold it (a number out of
/// the range of `numeric`, say).
pub fn jsonb(json: &str) -> Option<Vec<u8>> {
    let datum = jsonb_datum(json)?;
    // SAFETY: jsonb_in returned a fresh varlena.
    Some(unsafe { copy_and_free(datum.cast_mut_ptr()) })
}

/// This JSON text as jsonb prints it, as `text`.
pub fn jsonb_text(json: &str) -> Option<Vec<u8>> {
    let datum = jsonb_datum(json)?;
    // SAFETY: jsonb_out takes a jsonb and returns a fresh NUL-terminated string.
    unsafe {
        let printed = direct_function_call_as_datum(pg_sys::jsonb_out, &[Some(datum)])?;
        let printed = printed.cast_mut_ptr::<std::ffi::c_char>();
        let datum_bytes = text_of_bytes(std::ffi::CStr::from_ptr(printed).to_bytes());
        pg_sys::pfree(printed.cast());
        pg_sys::pfree(datum.cast_mut_ptr());
        Some(datum_bytes)
    }
}

fn jsonb_datum(json: &str) -> Option<pg_sys::Datum> {
    let json = std::ffi::CString::new(encoding::from_utf8(json)?.into_owned()).ok()?;
    let argument = pg_sys::Datum::from(json.as_ptr());
    // SAFETY: jsonb_in takes a NUL-terminated string, which outlives the call.
    none_on_data_error(|| unsafe { direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(argument)]) })?
}

/// A copy of a whole datum in the memory of the query, as any function returns it.
pub fn palloc(datum_bytes: &[u8]) -> *mut u8 {
    // SAFETY: palloc returns as many writable bytes as asked for, or raises an error.
    unsafe {
        let start = pg_sys::palloc(datum_bytes.len()).cast::<u8>();
        std::ptr::copy_nonoverlapping(datum_bytes.as_ptr(), start, datum_bytes.len());
        start
    }
}

/// Copies a palloc'd varlena and frees it.
///
/// # Safety
/// `varlena` is a whole, plain (not toasted) varlena that was palloc'd and has no other user.
unsafe fn copy_and_free(varlena: *mut pg_sys::varlena) -> Vec<u8> {
    // SAFETY: promised by the caller.
    unsafe {
        let datum_bytes = std::slice::from_raw_parts(varlena.cast::<u8>(), varsize_any(varlena)).to_vec();
        pg_sys::pfree(varlena.cast());
        datum_bytes
    }
}

fn four_byte_header(size: usize) -> [u8; 4] {
    // All that comes here is bounded by limits far below the 1 GB that a varlena can hold.
    let size = size as u32;
    if cfg!(target_endian = "big") {
        (size & 0x3FFF_FFFF).to_be_bytes()
    } else {
        (size << 2).to_le_bytes()
    }
}
