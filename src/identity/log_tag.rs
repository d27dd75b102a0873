//! The user's ID in `application_name`, where slow-query logs, pgaudit and pg_stat_activity show it.
//!
//! The tag lasts until the end of the transaction, as the identity does. PostgreSQL truncates the name to 63
//! bytes and replaces characters other than ASCII.

use std::ffi::CString;

use crate::pg::server::session::{application_name, MAX_APPLICATION_NAME_BYTES};
use crate::pg::settings::guc;

/// Appends the user's ID to the application name, and replaces an earlier tag.
pub fn set(user_id: &str) {
    let name = application_name();
    let base = split(&name).map_or(name.as_str(), |(base, _)| base);
    let tag: String = user_id
        .chars()
        .filter(|c| c.is_ascii_graphic() && !"[]".contains(*c))
        .collect();
    let room = MAX_APPLICATION_NAME_BYTES.saturating_sub(tag.len() + 3);
    let base: String = base.chars().filter(char::is_ascii).take(room).collect();
    assign(&format!("{base} [{tag}]"));
}

/// Removes the user's ID from the application name.
pub fn clear() {
    if let Some((base, _)) = split(&application_name()) {
        assign(base);
    }
}

/// Splits a tagged name into the application's own name and the tag.
fn split(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once(" [").filter(|(_, tag)| tag.ends_with(']'))
}

fn assign(name: &str) {
    let Ok(name) = CString::new(name) else { return };
    guc::set_local(c"application_name", &name);
}
