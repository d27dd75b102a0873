//! The user's ID in `application_name`, where slow-query logs, pgaudit and pg_stat_activity show it.
//!
//! For the rest of the transaction, like the identity itself. Postgres cuts the name at 63 bytes and
//! replaces what is not ASCII.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

/// Postgres keeps one byte less of a name.
const LONGEST: usize = pg_sys::NAMEDATALEN as usize - 1;

/// Appends the user's ID to the application's name, in the place of an earlier one.
pub fn set(user_id: &str) {
    // SAFETY: the variable of a setting that always has a value.
    let name = unsafe { CStr::from_ptr(pg_sys::application_name) }.to_string_lossy();
    let base = match name.split_once(" [") {
        Some((base, tag)) if tag.ends_with(']') => base,
        _ => &name,
    };
    let tag: String = user_id
        .chars()
        .filter(|c| c.is_ascii_graphic() && !"[]".contains(*c))
        .collect();
    let room = LONGEST.saturating_sub(tag.len() + 3);
    let base: String = base.chars().filter(char::is_ascii).take(room).collect();
    let Ok(tagged) = CString::new(format!("{base} [{tag}]")) else {
        return;
    };
    // SAFETY: a setting that any user may set, and NUL-terminated strings.
    unsafe {
        pg_sys::set_config_option(
            c"application_name".as_ptr(),
            tagged.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}
