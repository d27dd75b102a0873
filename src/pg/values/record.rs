//! Rows as function results.

use pgrx::pg_sys;

/// A column of a row.
pub enum ResultColumn {
    /// The bytes of a datum that is passed by reference; `None` is SQL NULL.
    Datum(Option<Vec<u8>>),
    Timestamp(Option<pg_sys::TimestampTz>),
    Boolean(bool),
}

/// Builds the row that the current call returns. The function's result type must have the same number of
/// columns.
///
/// # Safety
/// `fcinfo` is the current call, of a function that returns a row of these columns' types.
pub unsafe fn build(fcinfo: pg_sys::FunctionCallInfo, columns: &[ResultColumn]) -> pg_sys::Datum {
    let mut nulls = Vec::with_capacity(columns.len());
    let mut datums = Vec::with_capacity(columns.len());
    for column in columns {
        let datum = match column {
            ResultColumn::Datum(datum_bytes) => datum_bytes.as_ref().map(|i| pg_sys::Datum::from(i.as_ptr())),
            ResultColumn::Timestamp(time) => time.map(pg_sys::Datum::from),
            ResultColumn::Boolean(value) => Some(pg_sys::Datum::from(*value)),
        };
        nulls.push(datum.is_none());
        datums.push(datum.unwrap_or(pg_sys::Datum::null()));
    }
    // SAFETY: promised by the caller; heap_form_tuple copies the datums, whose bytes live in `columns`.
    unsafe {
        let mut descriptor = std::ptr::null_mut();
        pg_sys::get_call_result_type(fcinfo, std::ptr::null_mut(), &mut descriptor);
        assert_eq!((*descriptor).natts as usize, columns.len());
        let descriptor = pg_sys::BlessTupleDesc(descriptor);
        let tuple = pg_sys::heap_form_tuple(descriptor, datums.as_mut_ptr(), nulls.as_mut_ptr());
        pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data)
    }
}
