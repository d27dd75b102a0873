//! The answers of `requesting_claim(path)` and `requesting_claim_json(path)`, kept for each path.
//!
//! A policy uses a handful of paths. A path that comes from a column can differ in each row, so the number of
//! kept answers is bounded. Beyond that number, answers are allocated in the query's memory, as for any other
//! function.

use std::cell::RefCell;
use std::collections::HashMap;

use clerk_rls_core::{json_string, Identity};

use crate::entry::answers::KeptAnswer;
use crate::identity::request_identity;
use crate::pg::values::datums;
use crate::pg::values::kept_values::DatumPointer;

/// The form in which a claim is returned.
#[derive(Clone, Copy)]
#[repr(C)]
pub enum ClaimForm {
    /// As text, like `#>>`.
    Text,
    /// As `jsonb`, like `#>`.
    Json,
}

/// The most paths that have a kept answer, for each form.
const MAX_KEPT: usize = 64;

type Answers = HashMap<Box<[u8]>, KeptAnswer>;

thread_local! {
    static ANSWERS: [RefCell<Answers>; 2] = Default::default();
}

/// The claim at `path`, or null, kept if there is room. `key` identifies the path.
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

/// The claim at `path`, or null, computed into the query's memory.
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
