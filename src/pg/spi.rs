//! Queries of our own, and as whom they run.

use std::ffi::{c_int, CStr, CString};

use pgrx::pg_sys;

use super::arguments::Arguments;
use super::datums;
use crate::error::Error;

/// A connection to SPI, for as long as it lives.
pub struct Connection;

impl Connection {
    pub fn open() -> Self {
        // SAFETY: ended by drop.
        unsafe { pg_sys::SPI_connect() };
        Self
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // An error has ended the connection already, or will.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}

/// Another user's rights, or fewer of one's own, for as long as it lives.
pub struct ActingAs {
    user: pg_sys::Oid,
    context: c_int,
}

impl ActingAs {
    /// The rights of a user, and a security-restricted operation around them.
    pub fn user(user: pg_sys::Oid) -> Self {
        Self::restricted(Some(user), pg_sys::SECURITY_LOCAL_USERID_CHANGE)
    }

    /// The same user, who cannot become another: a function that is called in here cannot go back to the
    /// session's own role, as it could after SET ROLE.
    pub fn oneself() -> Self {
        Self::restricted(None, 0)
    }

    fn restricted(other: Option<pg_sys::Oid>, flags: u32) -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        let flags = (flags | pg_sys::SECURITY_RESTRICTED_OPERATION) as c_int;
        // SAFETY: the former user and context are restored by drop, and by Postgres after an error.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            pg_sys::SetUserIdAndSecContext(other.unwrap_or(user), context | flags);
        }
        Self { user, context }
    }
}

impl Drop for ActingAs {
    fn drop(&mut self) {
        // SAFETY: what was in force before.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

/// The first column of the first row of a query that changes nothing, as text in the database's encoding.
/// Argument 0 of the call in hand is the query, argument 1 is its parameter `$1`, of whatever type it has.
pub fn confined_query(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    let query = arguments
        .text_bytes(0)
        .and_then(|query| CString::new(query).ok())
        .ok_or(Error::Argument("query"))?;
    let (mut datum, mut type_oid) = (arguments.datum(1), arguments.type_of(1));
    let null = [b" n"[usize::from(arguments.is_null(1))] as std::ffi::c_char];
    let _confined = ActingAs::oneself();
    let _spi = Connection::open();
    // SAFETY: the query and its only parameter live as long as the call, and the result is read before
    // the connection that owns it ends.
    unsafe {
        let done = pg_sys::SPI_execute_with_args(
            query.as_ptr(),
            1,
            &mut type_oid,
            &mut datum,
            null.as_ptr(),
            true,
            1,
        );
        if done != pg_sys::SPI_OK_SELECT as c_int || pg_sys::SPI_processed == 0 {
            return Ok(None);
        }
        let rows = &*pg_sys::SPI_tuptable;
        let text = pg_sys::SPI_getvalue(*rows.vals, rows.tupdesc, 1);
        Ok((!text.is_null()).then(|| datums::text_of_bytes(CStr::from_ptr(text).to_bytes())))
    }
}
