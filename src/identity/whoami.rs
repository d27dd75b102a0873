//! `clerk_rls.whoami()`: the requesting user, the source of the identity, and why there is no user.

use clerk_rls_core::Identity;

use crate::identity::request_identity::{self, RequestIdentity};
use crate::pg::server::{clock, session};
use crate::pg::settings::request_settings;
use crate::pg::values::datums;
use crate::pg::values::record::ResultColumn;

/// The columns, in the order in which the SQL function declares them.
pub fn columns() -> Vec<ResultColumn> {
    request_identity::with(|current| {
        let (identity, source) = match current {
            RequestIdentity::Claims(identity) => (Some(identity.as_ref()), "request_claims"),
            RequestIdentity::Verified(identity) => (Some(identity.as_ref()), "verified_token"),
            RequestIdentity::Unauthenticated => (None, "verified_token"),
            RequestIdentity::Malformed(_) | RequestIdentity::NoClaims | RequestIdentity::LoadedTooLate => {
                (None, "request_claims")
            }
        };
        let signed_in = identity.filter(|_| !request_identity::has_expired());
        let text = |read: fn(&Identity) -> Option<&str>| {
            ResultColumn::Datum(signed_in.and_then(read).and_then(datums::text))
        };
        // The times are also shown for claims that sign nobody in, because they may be the reason.
        let time = |read: fn(&Identity) -> Option<f64>| {
            ResultColumn::Timestamp(identity.and_then(read).and_then(clock::from_numeric_date))
        };
        vec![
            text(Identity::user_id),
            ResultColumn::Datum(signed_in.and_then(Identity::user_uuid).map(Vec::from)),
            text(Identity::machine_id),
            text(Identity::org_id),
            text(Identity::org_role),
            text(Identity::session_id),
            text(Identity::actor_id),
            text(Identity::role),
            text(Identity::issuer),
            ResultColumn::Datum(datums::text(source)),
            time(Identity::issued_at),
            time(Identity::expires_at),
            ResultColumn::Datum(Some(datums::text_of_bytes(&session::current_role_name()))),
            ResultColumn::Boolean(session::bypasses_rls()),
            ResultColumn::Datum(problem(current).and_then(|problem| datums::text(&problem))),
        ]
    })
}

/// Why there is no user; `None` if there is one.
pub fn why_no_user() -> Option<String> {
    match request_identity::signed_in(|identity| identity.user_id().map(|_| ())) {
        Some(()) => None,
        None => request_identity::with(problem),
    }
}

/// Why `requesting_user_id()` is NULL or, if it is not, why another reader is NULL.
fn problem(current: &RequestIdentity) -> Option<String> {
    match current {
        RequestIdentity::Claims(_) | RequestIdentity::Verified(_) if request_identity::has_expired() => {
            Some("the claims have expired".to_owned())
        }
        RequestIdentity::Claims(identity) | RequestIdentity::Verified(identity) => match identity.problem() {
            Some(problem) => Some(problem.to_string()),
            None => match identity.user_id() {
                None => Some("the subject is a machine; see requesting_machine_id()".to_owned()),
                Some(id) if datums::text(id).is_none() => {
                    Some("the database encoding cannot represent the subject".to_owned())
                }
                Some(_) if identity.claims().and_then(|claims| datums::jsonb(claims.text())).is_none() => {
                    Some(
                        "requesting_claims() is NULL: the claims contain a character that the database encoding \
                         cannot represent, or a number that is out of range"
                            .to_owned(),
                    )
                }
                Some(_) if identity.is_no_member() => Some(
                    "requesting_org_id() is NULL: clerk_rls.check_membership is on and clerk_rls.memberships does not \
                     have the user in the organization of the claims"
                        .to_owned(),
                ),
                Some(_) => None,
            },
        },
        RequestIdentity::Malformed(error) => Some(format!("{}: {error}", request_settings::CLAIMS.name())),
        RequestIdentity::NoClaims => Some(format!("{} is not set", request_settings::CLAIMS.name())),
        RequestIdentity::Unauthenticated => Some(
            "clerk_rls.identity_source is verified_token and clerk_rls.authenticate() was not called in this \
             transaction"
                .to_owned(),
        ),
        RequestIdentity::LoadedTooLate => Some(
            "clerk_rls was first loaded in a running parallel worker: add it to \
             session_preload_libraries"
                .to_owned(),
        ),
    }
}
