//! Complete datums as bytes, the form in which `kept_values` keeps them and the executor reads them.

use pgrx::varlena::varsize_any;
use pgrx::{direct_function_call_as_datum, pg_sys};

use crate::pg::values::encoding;
use crate::pg::values::recovery::none_on_data_error;

/// A `text` datum; `None` if the database encoding cannot represent the content.
pub fn text(content: &str) -> Option<Vec<u8>> {
    Some(text_of_bytes(&encoding::from_utf8(content)?))
}

/// A `text` datum of bytes in the database encoding.
pub fn text_of_bytes(content: &[u8]) -> Vec<u8> {
    let size = pg_sys::VARHDRSZ + content.len();
    let mut datum_bytes = Vec::with_capacity(size);
    datum_bytes.extend_from_slice(&four_byte_header(size));
    datum_bytes.extend_from_slice(content);
    datum_bytes
}

/// An `interval` datum of this number of seconds, without days and months.
pub fn interval(seconds: i64) -> Vec<u8> {
    let mut datum_bytes = (seconds * 1_000_000).to_ne_bytes().to_vec();
    datum_bytes.extend_from_slice(&[0; 8]);
    datum_bytes
}

/// A `text[]` datum; `None` if the database encoding cannot represent an element.
pub fn text_array(elements: &[String]) -> Option<Vec<u8>> {
    let elements_bytes = elements
        .iter()
        .map(|element| text(element))
        .collect::<Option<Vec<_>>>()?;
    array_of_texts(&elements_bytes)
}

/// A `text[]` datum of `text` datums.
pub fn array_of_texts(elements_bytes: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut pointers: Vec<_> = elements_bytes
        .iter()
        .map(|datum_bytes| pg_sys::Datum::from(datum_bytes.as_ptr()))
        .collect();
    let count = i32::try_from(pointers.len()).ok()?;
    // SAFETY: each datum points to a complete varlena in `elements_bytes`, which outlives the call; the array
    // is a copy of all of them.
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

/// A `jsonb` datum; `None` if PostgreSQL cannot hold the JSON, for example because a number is out of range
/// for `numeric`.
pub fn jsonb(json: &str) -> Option<Vec<u8>> {
    let datum = jsonb_datum(json)?;
    // SAFETY: jsonb_in returned a new varlena.
    Some(unsafe { copy_and_free(datum.cast_mut_ptr()) })
}

/// A `text` datum with the JSON in the form in which `jsonb` prints it.
pub fn jsonb_text(json: &str) -> Option<Vec<u8>> {
    let datum = jsonb_datum(json)?;
    // SAFETY: jsonb_out takes a jsonb and returns a new NUL-terminated string.
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

/// A copy of a datum in the query's memory, where function results usually are.
pub fn palloc(datum_bytes: &[u8]) -> *mut u8 {
    // SAFETY: palloc returns the requested number of writable bytes or raises an error.
    unsafe {
        let start = pg_sys::palloc(datum_bytes.len()).cast::<u8>();
        std::ptr::copy_nonoverlapping(datum_bytes.as_ptr(), start, datum_bytes.len());
        start
    }
}

/// Copies a palloc'd varlena and frees the original.
///
/// # Safety
/// `varlena` is a complete varlena, neither compressed nor out of line, that was palloc'd and that nobody
/// else uses.
unsafe fn copy_and_free(varlena: *mut pg_sys::varlena) -> Vec<u8> {
    // SAFETY: promised by the caller.
    unsafe {
        let datum_bytes = std::slice::from_raw_parts(varlena.cast::<u8>(), varsize_any(varlena)).to_vec();
        pg_sys::pfree(varlena.cast());
        datum_bytes
    }
}

fn four_byte_header(size: usize) -> [u8; 4] {
    // The limits on input keep all datums far below the 1 GB that a varlena can hold.
    let size = size as u32;
    if cfg!(target_endian = "big") {
        (size & 0x3FFF_FFFF).to_be_bytes()
    } else {
        (size << 2).to_le_bytes()
    }
}
