//! What operators learn of authentications: a line in the server's log, and whose statement it is.
//!
//! A line is JSON after a fixed prefix, so that nothing that stands in a token can forge another line.
//! Of a token that is refused nothing is said but the reason: what it claims is not known to be true.

use serde_json::{json, Value};

use crate::context::{self, Asking};
use crate::error::Error;
use crate::pg::settings::{self, AuditLog};
use crate::pg::{log_tag, server_log};

/// The current identity has just been authenticated.
pub fn accepted(issuer: &str) {
    let log = settings::audit_log() == AuditLog::All;
    let tag = settings::tag_log();
    if !log && !tag {
        return;
    }
    context::with(|asking| {
        let Asking::Verified(identity) = asking else {
            return;
        };
        let subject = identity.user_id().or(identity.machine_id());
        if log {
            write(&json!({
                "result": "accepted",
                "subject": subject,
                "session": identity.session_id(),
                "actor": identity.actor_id(),
                "issuer": issuer,
            }));
        }
    });
    if tag {
        if let Some(subject) = context::signed_in(|id| id.user_id().or(id.machine_id()).map(str::to_owned)) {
            log_tag::set(&subject);
        }
    }
}

/// The transaction is nobody's again.
pub fn anonymous() {
    if settings::tag_log() {
        log_tag::clear();
    }
}

/// A token was refused.
pub fn refused(error: &Error) {
    if settings::audit_log() != AuditLog::Off {
        write(&json!({ "result": "refused", "reason": error.to_string(), "detail": error.detail() }));
    }
}

fn write(line: &Value) {
    server_log::write(&format!("clerk_rls authentication: {line}"));
}
