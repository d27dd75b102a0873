//! Conversion between the database encoding and UTF-8, in which claims are decoded.
//!
//! Text in a SQL_ASCII database has no known encoding. Its bytes are used unchanged, and callers that need
//! UTF-8 must check them. Text that cannot be converted yields `None`, never an error.

use std::borrow::Cow;
use std::ffi::c_int;

use pgrx::pg_sys;

use crate::pg::values::recovery::none_on_data_error;

/// Converts bytes in the database encoding to UTF-8. If no conversion is needed, the bytes are not checked.
pub fn to_utf8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    convert(bytes, database_encoding(), UTF8)
}

/// Converts UTF-8 to bytes in the database encoding.
pub fn from_utf8(text: &str) -> Option<Cow<'_, [u8]>> {
    convert(text.as_bytes(), UTF8, database_encoding())
}

const UTF8: c_int = pg_sys::pg_enc::PG_UTF8 as c_int;
const SQL_ASCII: c_int = pg_sys::pg_enc::PG_SQL_ASCII as c_int;

fn database_encoding() -> c_int {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetDatabaseEncoding() }
}

fn convert(bytes: &[u8], from: c_int, to: c_int) -> Option<Cow<'_, [u8]>> {
    // All encodings that a database can have are supersets of ASCII.
    if from == to || from == SQL_ASCII || to == SQL_ASCII || bytes.is_ascii() {
        return Some(Cow::Borrowed(bytes));
    }
    let length = c_int::try_from(bytes.len()).ok()?;
    none_on_data_error(|| {
        // SAFETY: `bytes` is readable for `length` bytes. The encodings differ and neither is SQL_ASCII, so
        // the result is a new NUL-terminated string.
        unsafe {
            let source = bytes.as_ptr().cast_mut();
            let converted = pg_sys::pg_do_encoding_conversion(source, length, from, to);
            let owned = std::ffi::CStr::from_ptr(converted.cast()).to_bytes().to_vec();
            if converted != source {
                pg_sys::pfree(converted.cast());
            }
            Cow::Owned(owned)
        }
    })
}
