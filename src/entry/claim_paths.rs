//! The answers to `requesting_claim(path)` and `requesting_claim_json(path)`, kept by path.
//!
//! A policy asks for a handful of paths. A path that comes from a column could be a different one for
//! each row, so the number of kept answers is bounded; past it, an answer lives as long as any other
//! function result.

use std::cell::RefCell;
use std::collections::HashMap;

use clerk_rls_core::{json_string, Identity};

use crate::entry::answers::KeptAnswer;
use crate::identity::request_identity;
use crate::pg::values::datums;
use crate::pg::values::kept_values::DatumPointer;

/// The form in which a claim is asked for.
#[derive(Clone, Copy)]
#[repr(C)]
pub enum ClaimForm {
    /// As `#>>` gives it.
    Text,
    /// As `#>` gives it.
    Json,
}

/// How many paths have a kept answer, of each form.
const MAX_KEPT: usize = 64;

type Answers = HashMap<Box<[u8]>, KeptAnswer>;

thread_local! {
    static ANSWERS: [RefCell<Answers>; 2] = Default::default();
}

/// The claim at `path`, or null. `key` tells paths apart.
pub fn kept(form: ClaimForm, key: &[u8], path: &[&str]) -> DatumPointer {
    let generation = request_identity::generation();
    let compute = |identity: &Identity| form.datum_bytes(identity, path);
    ANSWERS.with(|answers| {
        let mut answers = answers[form as usize].borrow_mut();
        if !answers.contains_key(key) {
            if answers.len() >= MAX_KEPT {
                let stale: Vec<_> = answers
                    .extract_if(|_, answer| !answer.is_from(generation))
                    .collect();
                stale.into_iter().for_each(|(_, answer)| answer.release());
            }
            if answers.len() >= MAX_KEPT {
                return DatumPointer::Copied(computed(form, path));
            }
        }
        let answer = answers.entry(key.into()).or_insert(KeptAnswer::UNKNOWN);
        answer.in_generation(generation, compute)
    })
}

/// The claim at `path`, or null, in memory of the query.
pub fn computed(form: ClaimForm, path: &[&str]) -> *mut u8 {
    let datum_bytes = request_identity::signed_in(|identity| form.datum_bytes(identity, path));
    datum_bytes.map_or(std::ptr::null_mut(), |datum_bytes| datums::palloc(&datum_bytes))
}

impl ClaimForm {
    fn datum_bytes(self, identity: &Identity, path: &[&str]) -> Option<Vec<u8>> {
        let json = identity.claims()?.at(path)?;
        match self {
            Self::Json => datums::jsonb(json),
            Self::Text if json == "null" => None,
            Self::Text => match json_string(json) {
                Some(string) => datums::text(&string),
                None => datums::jsonb_text(json),
            },
        }
    }
}
