//! What counts as signed in, and where claims lie: the operator's choices as one value.
//!
//! Invariant: the defaults are the extension's defaults. Rules are shared by reference count: an
//! identity needs them for as long as it decodes, and a new one is made for every request.

use crate::clerk::FpmAlignment;
use crate::layout::Layout;
use crate::limits::EXPIRY_LEEWAY_SECONDS;

/// The rules by which claims are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where claims lie: `clerk_rls.provider` and `clerk_rls.claim_map`. Clerk's by default.
    pub layout: Layout,
    /// `clerk_rls.fpm_alignment`.
    pub fpm_alignment: FpmAlignment,
    /// `clerk_rls.require_session`: a session id is needed and `client_id` refused, because an OAuth
    /// token of Clerk looks like its user's session otherwise. Where the layout knows no session id
    /// nobody is signed in.
    pub require_session: bool,
    /// `clerk_rls.allow_pending`: a session with open tasks (`sts` = `pending`) is signed in.
    pub allow_pending: bool,
    /// `clerk_rls.check_expiry`: `exp` is needed and has not passed.
    pub check_expiry: bool,
    /// Seconds that an expired set of claims is still honoured, for clocks that disagree.
    pub expiry_leeway: i64,
    /// The subject is a machine: what the header of its token said, where claims alone are kept of it.
    pub is_machines: bool,
    /// What stands before the subject of this issuer, so that two issuers' equal subjects are two people.
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
            expiry_leeway: EXPIRY_LEEWAY_SECONDS,
            is_machines: false,
            subject_prefix: String::new(),
        }
    }
}
