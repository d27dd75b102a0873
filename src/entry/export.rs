//! How a function is exported to SQL.
//!
//! Functions are written against Postgres's C calling convention and not with `#[pg_extern]`: what that converts and
//! copies for each call costs more than the rest of a row.

/// Declares a function with the C convention of Postgres, version 1.
macro_rules! export {
    ($name:ident, $record:ident, $fcinfo:ident => $body:expr) => {
        #[doc(hidden)]
        #[no_mangle]
        pub extern "C" fn $record() -> *const pg_sys::Pg_finfo_record {
            static VERSION_1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &VERSION_1
        }

        #[doc(hidden)]
        #[no_mangle]
        pub unsafe extern "C-unwind" fn $name($fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            // SAFETY: Postgres calls with the call in hand, of the function that sql/ declares.
            unsafe { $body }
        }
    };
}
pub(super) use export;

/// Exports a function whose errors and panics become errors of Postgres. The body gives the whole datum
/// of the result; `None` is SQL NULL.
macro_rules! export_guarded {
    ($name:ident, $record:ident, $arguments:ident => $body:expr) => {
        super::export::export!($name, $record, fcinfo => {
            #[pg_guard]
            unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
                // SAFETY: the call in hand.
                let $arguments = unsafe { Arguments::of(fcinfo) };
                let result: Result<Option<Vec<u8>>, Error> = $body;
                let datum_bytes = result.unwrap_or_else(|error| error.raise());
                let datum = datum_bytes.map_or(std::ptr::null_mut(), |datum_bytes| crate::pg::values::datums::palloc(&datum_bytes));
                // SAFETY: the call in hand.
                unsafe { (*fcinfo).isnull = datum.is_null() };
                pg_sys::Datum::from(datum)
            }
            crate::pg::server::memory::with_reserve(move || guarded(fcinfo))
        });
    };
}
pub(super) use export_guarded;
