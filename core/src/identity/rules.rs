//! The operator's choices: which claims are read, and what counts as signed in.
//!
//! Invariant: the defaults are the defaults of the extension. Rules are shared by reference count, because
//! every request creates an identity that needs them.

use crate::clerk::FpmAlignment;
use crate::layout::Layout;
use crate::limits::EXPIRY_LEEWAY_SECONDS;

/// The rules by which claims are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which claims hold the fields: `clerk_rls.provider` and `clerk_rls.claim_map`. Clerk's by default.
    pub layout: Layout,
    /// The setting `clerk_rls.fpm_alignment`.
    pub fpm_alignment: FpmAlignment,
    /// The setting `clerk_rls.require_session`: the claims must name a session and must not contain
    /// `client_id`, because a Clerk OAuth token otherwise looks like a session of its user. If the layout has
    /// no claim for the session, nobody is signed in.
    pub require_session: bool,
    /// The setting `clerk_rls.allow_pending`: a session with open tasks (`sts` = `pending`) counts as signed
    /// in.
    pub allow_pending: bool,
    /// The setting `clerk_rls.check_expiry`: the claims must contain `exp`, and it must not have passed.
    pub check_expiry: bool,
    /// The setting `clerk_rls.check_revocation`: the claims must say when they were issued and, for a person, name
    /// a session if the layout has a claim for it. The caller looks the claims up, see
    /// [`Identity::revocable`](crate::Identity::revocable).
    pub check_revocation: bool,
    /// The setting `clerk_rls.check_membership`: the claims about the organization count only for a member. The caller
    /// looks the membership up, see [`Identity::with_membership`](crate::Identity::with_membership).
    pub check_membership: bool,
    /// Seconds after `exp` during which claims are still accepted, because clocks differ.
    pub expiry_leeway: i64,
    /// The subject is a machine. Only the header of some tokens says so, and the header is not kept with the
    /// claims.
    pub is_machines: bool,
    /// A prefix for the subjects of this issuer, so that equal subjects of two issuers are two users.
    pub subject_prefix: String,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            layout: Layout::default(),
            fpm_alignment: FpmAlignment::default(),
            require_session: false,
            allow_pending: false,
            check_expiry: false,
            check_revocation: false,
            check_membership: false,
            expiry_leeway: EXPIRY_LEEWAY_SECONDS,
            is_machines: false,
            subject_prefix: String::new(),
        }
    }
}
