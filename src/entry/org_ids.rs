//! The answers of `requesting_org_ids(role, permission)`, kept for each pair of arguments.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use clerk_rls_core::Identity;

use crate::entry::answers::KeptAnswer;
use crate::identity::{memberships, request_identity};
use crate::pg::server::clock;
use crate::pg::tables::membership_table;
use crate::pg::values::datums;
use crate::pg::values::kept_values::DatumPointer;

/// The most pairs of arguments that have a kept answer. Policies pass constants, and beyond this number all answers are
/// released at the next pair.
const MAX_KEPT: usize = 64;

type ArgumentPair = (Option<Box<str>>, Option<Box<str>>);

thread_local! {
    static ANSWERS: RefCell<HashMap<ArgumentPair, KeptAnswer>> = RefCell::default();
}

/// The start of the statement for which this backend has last learned of changes to the memberships.
static LEARNED_AT: AtomicI64 = AtomicI64::new(clock::Timestamp::MIN);

/// Whether this backend may have missed changes that other sessions committed before the statement began.
#[inline(always)]
pub fn may_be_outdated() -> bool {
    LEARNED_AT.load(Relaxed) != clock::statement_start()
}

/// Learns of the changes that other sessions committed before the statement began.
pub fn learn_of_changes() {
    LEARNED_AT.store(clock::statement_start(), Relaxed);
    membership_table::learn_of_changes();
}

/// The array of organizations, or null.
pub fn kept(role: Option<&str>, permission: Option<&str>) -> DatumPointer {
    let generation = request_identity::generation();
    let compute =
        |identity: &Identity| datums::text_array(&memberships::org_ids(identity, role, permission)?);
    ANSWERS.with_borrow_mut(|answers| {
        let key = (role.map(Box::from), permission.map(Box::from));
        if !answers.contains_key(&key) && answers.len() >= MAX_KEPT {
            answers.drain().for_each(|(_, answer)| answer.release());
        }
        let answer = answers.entry(key).or_insert(KeptAnswer::UNKNOWN);
        answer.in_generation(generation, compute)
    })
}
