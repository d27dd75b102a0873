//! What operators learn of authentications: a line in the server's log, and whose statement it is.
//!
//! A line is JSON after a fixed prefix, so that nothing that stands in a token can forge another line.
//! Of a token that is refused nothing is said but the reason: what it claims is not known to be true.

use serde_json::{json, Value};

use crate::error::Error;
use crate::identity::log_tag;
use crate::identity::request_identity;
use crate::identity::verified_identity::ascii_json;
use crate::pg::server::server_log;
use crate::pg::settings::operator_settings::{self, AuditLog};

/// The current identity has just been authenticated.
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

/// The transaction is nobody's again.
pub fn anonymous() {
    if operator_settings::tag_log() {
        log_tag::clear();
    }
}

/// A token was refused. The server's log gets the names that the issuer accepts, and the client does not: pgrx's
/// error reports have no errdetail_log(), so they are written here.
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

fn write(line: &Value) {
    // ASCII, for what the database's encoding cannot express would be lost, and the line with it.
    server_log::write(&ascii_json(&format!("clerk_rls authentication: {line}")), None);
}
