//! `clerk_rls.whoami()`: who is asking, where it is known from, and why there is no user.

use clerk_rls_core::Identity;

use crate::context::{self, Asking};
use crate::pg::record::Column;
use crate::pg::{clock, datums, request_settings, session};

/// The columns, in the order of the SQL declaration.
pub fn columns() -> Vec<Column> {
    context::with(|asking| {
        let (identity, source) = match asking {
            Asking::Claims(identity) => (Some(identity.as_ref()), "request_claims"),
            Asking::Verified(identity) => (Some(identity.as_ref()), "verified_token"),
            Asking::Unauthenticated => (None, "verified_token"),
            Asking::Malformed(_) | Asking::Nobody | Asking::LoadedTooLate => (None, "request_claims"),
        };
        let signed_in = identity.filter(|_| !context::has_expired());
        let text = |read: fn(&Identity) -> Option<&str>| {
            Column::Image(signed_in.and_then(read).and_then(datums::text))
        };
        // Of claims that sign nobody in too: they may be the reason.
        let time = |read: fn(&Identity) -> Option<f64>| {
            Column::Timestamp(identity.and_then(read).and_then(clock::from_numeric_date))
        };
        vec![
            text(Identity::user_id),
            Column::Image(signed_in.and_then(Identity::user_uuid).map(Vec::from)),
            text(Identity::machine_id),
            text(Identity::org_id),
            text(Identity::org_role),
            text(Identity::session_id),
            text(Identity::actor_id),
            text(Identity::role),
            text(Identity::issuer),
            Column::Image(datums::text(source)),
            time(Identity::issued_at),
            time(Identity::expires_at),
            Column::Image(Some(datums::text_of_bytes(&session::current_role_name()))),
            Column::Boolean(session::bypasses_rls()),
            Column::Image(problem(asking).and_then(|problem| datums::text(&problem))),
        ]
    })
}

/// Why there is no user; `None` when there is one.
pub fn why_nobody() -> Option<String> {
    match context::signed_in(|identity| identity.user_id().map(|_| ())) {
        Some(()) => None,
        None => context::with(problem),
    }
}

/// Why `requesting_user_id()` is NULL; and where it is not, why `requesting_claims()` is.
fn problem(asking: &Asking) -> Option<String> {
    match asking {
        Asking::Claims(_) | Asking::Verified(_) if context::has_expired() => {
            Some("the claims have expired".to_owned())
        }
        Asking::Claims(identity) | Asking::Verified(identity) => match identity.problem() {
            Some(problem) => Some(problem.to_string()),
            None => match identity.user_id() {
                None => Some("the subject is a machine, see requesting_machine_id()".to_owned()),
                Some(id) if datums::text(id).is_none() => {
                    Some("the encoding of the database cannot express the subject".to_owned())
                }
                Some(_) if identity.claims().and_then(|claims| datums::jsonb(claims.text())).is_none() => {
                    Some(
                        "requesting_claims() is NULL: the claims have a character that the encoding of the \
                         database cannot express, or a number out of range"
                            .to_owned(),
                    )
                }
                Some(_) => None,
            },
        },
        Asking::Malformed(error) => Some(format!("{}: {error}", request_settings::CLAIMS.name())),
        Asking::Nobody => Some(format!("{} is not set", request_settings::CLAIMS.name())),
        Asking::Unauthenticated => Some(
            "clerk_rls.identity_source is verified_token and clerk_rls.authenticate() was not called in this \
             transaction"
                .to_owned(),
        ),
        Asking::LoadedTooLate => Some(
            "clerk_rls was first loaded in a running parallel worker: add it to \
             session_preload_libraries"
                .to_owned(),
        ),
    }
}
