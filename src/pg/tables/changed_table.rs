//! Informs every backend that a table has changed.

use pgrx::pg_sys;

/// The table whose trigger is being called; `None` if the function was not called as a trigger.
///
/// # Safety
/// `fcinfo` is the call in hand.
pub unsafe fn of_trigger(fcinfo: pg_sys::FunctionCallInfo) -> Option<pg_sys::Oid> {
    // SAFETY: guaranteed by the caller; a node of this type is the data of a trigger, whose table is open.
    unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
            return None;
        }
        let trigger = context.cast::<pg_sys::TriggerData>();
        Some((*(*trigger).tg_relation).rd_id)
    }
}

/// Informs all backends that a table has changed: this one at the end of the command, the others when the
/// transaction commits.
pub fn announce(table: pg_sys::Oid) {
    // SAFETY: the table exists, because its own trigger calls this.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(table) };
}
