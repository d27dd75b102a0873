//! Between the database's encoding and UTF-8, in which claims are decoded.
//!
//! Text in a SQL_ASCII database has no known encoding: its bytes are taken as they are, and whoever
//! needs UTF-8 checks it. What cannot be converted has no value; it is never an error.

use std::borrow::Cow;
use std::ffi::c_int;

use pgrx::pg_sys;

use crate::pg::values::recovery::none_on_data_error;

/// Bytes of the database's encoding as UTF-8; not yet checked where no conversion takes place.
pub fn to_utf8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    convert(bytes, database_encoding(), UTF8)
}

/// UTF-8 as bytes of the database's encoding.
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
    // Every encoding that a database can have agrees with ASCII.
    if from == to || from == SQL_ASCII || to == SQL_ASCII || bytes.is_ascii() {
        return Some(Cow::Borrowed(bytes));
    }
    let length = c_int::try_from(bytes.len()).ok()?;
    none_on_data_error(|| {
        // SAFETY: `bytes` is readable for `length` bytes. The encodings differ and neither is
        // SQL_ASCII, so the result is a fresh NUL-terminated string.
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
