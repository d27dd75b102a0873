//! The macros that export functions to SQL.
//!
//! The functions use PostgreSQL's C calling convention directly. `#[pg_extern]` converts and copies on each
//! call, which costs more than the rest of a row.

/// Declares a function with PostgreSQL's version-1 calling convention.
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
            // SAFETY: PostgreSQL passes the current call, of the function that sql/ declares with this
            // symbol.
            unsafe { $body }
        }
    };
}
pub(super) use export;

/// Exports a function whose errors and panics become PostgreSQL errors. The body returns the bytes of the
/// result's datum; `None` is SQL NULL.
macro_rules! export_guarded {
    ($name:ident, $record:ident, $arguments:ident => $body:expr) => {
        super::export::export!($name, $record, fcinfo => {
            #[pg_guard]
            unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
                // SAFETY: `fcinfo` is the current call.
                let $arguments = unsafe { Arguments::of(fcinfo) };
                let result: Result<Option<Vec<u8>>, Error> = $body;
                let datum_bytes = result.unwrap_or_else(|error| error.raise());
                let datum = datum_bytes.map_or(std::ptr::null_mut(), |datum_bytes| {
                    crate::pg::values::datums::palloc(&datum_bytes)
                });
                // SAFETY: `fcinfo` is the current call.
                unsafe { (*fcinfo).isnull = datum.is_null() };
                pg_sys::Datum::from(datum)
            }
            crate::pg::server::memory::with_reserve(move || guarded(fcinfo))
        });
    };
}
pub(super) use export_guarded;
