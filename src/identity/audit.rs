//! What operators learn about authentications and refused webhooks: lines in the server log, and the user's ID
//! in `application_name`.
//!
//! A line is JSON after a fixed prefix, so no content of a token can forge a line. About a refused token,
//! only the reason is logged, because its claims are not verified.

use serde_json::{json, Value};

use crate::error::Error;
use crate::identity::log_tag;
use crate::identity::request_identity;
use crate::identity::verified_identity::ascii_json;
use crate::pg::server::server_log;
use crate::pg::settings::operator_settings::{self, AuditLog};

/// Reports that the current identity was authenticated.
pub fn accepted(issuer: &str) {
    let log = operator_settings::audit_log() == AuditLog::All;
    let tag = operator_settings::tag_log();
    if !log && !tag {
        return;
    }
    let Some((subject, line)) = request_identity::signed_in(|identity| {
        let subject = identity.user_id().or(identity.machine_id())?.to_owned();
        let line = json!({
            "result": "accepted",
            "subject": subject,
            "session": identity.session_id(),
            "actor": identity.actor_id(),
            "issuer": issuer,
        });
        Some((subject, line))
    }) else {
        return;
    };
    if log {
        write(&line);
    }
    if tag {
        log_tag::set(&subject);
    }
}

/// Reports that the transaction has no verified identity any more.
pub fn anonymous() {
    if operator_settings::tag_log() {
        log_tag::clear();
    }
}

/// Reports a refused token. The names that the issuer accepts go to the server log and not to the client.
/// They are written here because pgrx's error reports have no errdetail_log().
pub fn refused(error: &Error) {
    let reason = error.to_string();
    let log_detail = error.log_detail();
    if operator_settings::audit_log() != AuditLog::Off {
        let detail = log_detail.or_else(|| error.detail());
        write(&json!({ "result": "refused", "reason": reason, "detail": detail }));
    } else if let Some(detail) = log_detail {
        server_log::write(&ascii_json(&reason), Some(&ascii_json(&detail)));
    }
}

/// Reports a refused webhook. As with a token, nothing of it is logged.
pub fn refused_webhook(error: &Error) {
    if operator_settings::audit_log() != AuditLog::Off {
        let line = json!({ "result": "refused", "reason": error.to_string(), "detail": error.detail() });
        write_about("webhook", &line);
    }
}

fn write(line: &Value) {
    write_about("authentication", line);
}

fn write_about(subject: &str, line: &Value) {
    // The line is ASCII: a character that the database encoding cannot represent would lose the whole line.
    server_log::write(&ascii_json(&format!("clerk_rls {subject}: {line}")), None);
}
