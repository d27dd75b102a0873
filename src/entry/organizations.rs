//! The answers of `requesting_org_ids(role, permission)`.
//!
//! An answer is kept until the claims or the memberships change. Other sessions announce changes of the memberships
//! by messages that PostgreSQL reads when a transaction begins and when it takes a new lock. A membership that has
//! ended must not count in the next statement, so the messages are read once for each statement of the client.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use clerk_rls_core::Identity;

use crate::entry::answers::KeptAnswer;
use crate::entry::arguments::{Arguments, TextArgument};
use crate::entry::call_site::MAX_ARGUMENT_BYTES;
use crate::identity::request_identity;
use crate::pg::server::clock;
use crate::pg::tables::membership_table::{self, MembershipTable, Moment};
use crate::pg::values::datums;
use crate::pg::values::kept_values::DatumPointer;

/// The most pairs of arguments that have a kept answer. A policy uses a few.
const MAX_KEPT: usize = 16;

thread_local! {
    static ANSWERS: RefCell<HashMap<Box<[u8]>, KeptAnswer>> = RefCell::default();
}

/// The start of the statement in which the changes of other sessions were last accepted.
static ACCEPTED_AT: AtomicI64 = AtomicI64::new(i64::MIN);

/// Whether the changes of other sessions before this statement are known.
#[inline(always)]
pub fn are_known() -> bool {
    ACCEPTED_AT.load(Relaxed) == clock::statement_start()
}

/// Learns of the changes of other sessions, once for each statement.
pub fn learn() {
    if !are_known() {
        membership_table::accept_changes();
        ACCEPTED_AT.store(clock::statement_start(), Relaxed);
    }
}

/// What the arguments require of a membership.
pub struct Required<'call> {
    role: TextArgument<'call>,
    permission: TextArgument<'call>,
}

impl<'call> Required<'call> {
    pub fn of(arguments: Arguments<'call>) -> Self {
        Self {
            role: arguments.text(0),
            permission: arguments.text(1),
        }
    }

    /// The bytes of the array: the organizations in which the user has what is required. `None` when no user is
    /// signed in.
    pub fn datum_bytes(&self, identity: &Identity, moment: Moment) -> Option<Vec<u8>> {
        let user_id = identity.user_id()?;
        let any = matches!(
            (&self.role, &self.permission),
            (TextArgument::Null, TextArgument::Null)
        );
        let found = MembershipTable::open().map(|table| table.memberships(user_id, None, !any, moment));
        let found: Vec<_> = found
            .into_iter()
            .flatten()
            .filter(|found| {
                is_met(&self.role, |role| found.membership.has_role(role))
                    && is_met(&self.permission, |permission| {
                        found.membership.has_permission(permission)
                    })
            })
            .map(|found| found.org_id)
            .collect();
        datums::array_of_texts(&found)
    }

    /// The array in this moment, in the query's memory.
    pub fn computed(&self, moment: Moment) -> *mut u8 {
        let datum_bytes = request_identity::signed_in(|identity| self.datum_bytes(identity, moment));
        datum_bytes.map_or(std::ptr::null_mut(), |datum_bytes| datums::palloc(&datum_bytes))
    }

    /// The array now, kept if there is room. `key` identifies the arguments.
    pub fn kept(&self, key: &[u8]) -> DatumPointer {
        let generation = request_identity::generation();
        ANSWERS.with_borrow_mut(|answers| {
            if !answers.contains_key(key) && answers.len() >= MAX_KEPT {
                let stale: Vec<_> = answers
                    .extract_if(|_, answer| !answer.is_from(generation))
                    .collect();
                stale.into_iter().for_each(|(_, answer)| answer.release());
                if answers.len() >= MAX_KEPT {
                    return DatumPointer::Copied(self.computed(Moment::Now));
                }
            }
            let answer = answers.entry(key.into()).or_insert(KeptAnswer::UNKNOWN);
            answer.in_generation(generation, |identity| self.datum_bytes(identity, Moment::Now))
        })
    }
}

/// The bytes of the arguments, each after its length; `None` if they are not in memory or too long to keep.
pub fn key(arguments: Arguments) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    for index in 0..arguments.count() {
        let datum_bytes = arguments.datum_bytes(index)?;
        if datum_bytes.len() > MAX_ARGUMENT_BYTES {
            return None;
        }
        key.extend_from_slice(&datum_bytes.len().to_ne_bytes());
        key.extend_from_slice(datum_bytes);
    }
    Some(key)
}

fn is_met(argument: &TextArgument, has: impl Fn(&str) -> bool) -> bool {
    match argument {
        TextArgument::Null => true,
        TextArgument::Text(required) => has(required),
        // No membership has what the database encoding cannot represent in UTF-8.
        TextArgument::Inexpressible => false,
    }
}
