//! The answers of the readers without arguments, kept for the next row.
//!
//! If nothing has changed, a call costs a comparison of two integers and one load. The first call after a
//! change computes the answer and keeps it.

use std::cell::RefCell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicPtr, AtomicU64};

use clerk_rls_core::Identity;

use crate::identity::request_identity;
use crate::pg::settings::generation;
use crate::pg::values::datums;
use crate::pg::values::kept_values::{DatumPointer, KeptValue};

/// The readers without arguments.
#[derive(Clone, Copy)]
#[repr(C)]
pub enum Reader {
    UserId,
    UserUuid,
    MachineId,
    OrgId,
    OrgSlug,
    OrgRole,
    OrgPermissions,
    SessionId,
    ActorId,
    Role,
    Email,
    Claims,
}

const READERS: usize = Reader::Claims as usize + 1;

impl Reader {
    /// The bytes of this reader's datum; `None` is SQL NULL.
    fn datum_bytes(self, identity: &Identity) -> Option<Vec<u8>> {
        match self {
            Self::UserId => datums::text(identity.user_id()?),
            Self::UserUuid => identity.user_uuid().map(Vec::from),
            Self::MachineId => datums::text(identity.machine_id()?),
            Self::OrgId => datums::text(identity.org_id()?),
            Self::OrgSlug => datums::text(identity.org_slug()?),
            Self::OrgRole => datums::text(identity.org_role()?),
            Self::OrgPermissions => datums::text_array(identity.org_permissions()?),
            Self::SessionId => datums::text(identity.session_id()?),
            Self::ActorId => datums::text(identity.actor_id()?),
            Self::Role => datums::text(identity.role()?),
            Self::Email => datums::text(identity.email()?),
            Self::Claims => datums::jsonb(identity.claims()?.text()),
        }
    }
}

/// An answer, and the generation of the claims from which it was computed.
pub struct KeptAnswer {
    generation: u64,
    value: Option<KeptValue>,
}

impl KeptAnswer {
    pub const UNKNOWN: Self = Self {
        generation: 0,
        value: None,
    };

    /// The answer in this generation, computed if the kept one is from another generation.
    pub fn in_generation(
        &mut self,
        generation: u64,
        compute: impl FnOnce(&Identity) -> Option<Vec<u8>>,
    ) -> DatumPointer {
        if self.generation != generation {
            let datum_bytes = request_identity::signed_in(compute);
            let same = match (&self.value, &datum_bytes) {
                (Some(value), Some(datum_bytes)) => value.holds(datum_bytes),
                (None, None) => true,
                _ => false,
            };
            if !same {
                let value = datum_bytes.map(|datum_bytes| KeptValue::keep(&datum_bytes));
                if let Some(old) = std::mem::replace(&mut self.value, value) {
                    old.release();
                }
            }
            self.generation = generation;
        }
        match &mut self.value {
            Some(value) if !request_identity::has_expired() => value.lend_or_copy(),
            _ => DatumPointer::NULL,
        }
    }

    /// Whether the answer was computed in this generation.
    pub fn is_from(&self, generation: u64) -> bool {
        self.generation == generation
    }

    /// Releases the kept value.
    pub fn release(self) {
        if let Some(value) = self.value {
            value.release();
        }
    }
}

/// A datum that can be returned without computing anything, in one generation and until the claims expire.
struct ReadyDatum {
    generation: AtomicU64,
    /// The datum, which all readers pass by reference; null is SQL NULL.
    datum: AtomicPtr<u8>,
}

static READY: [ReadyDatum; READERS] = [const {
    ReadyDatum {
        generation: AtomicU64::new(0),
        datum: AtomicPtr::new(std::ptr::null_mut()),
    }
}; READERS];

thread_local! {
    static ANSWERS: RefCell<[KeptAnswer; READERS]> =
        const { RefCell::new([const { KeptAnswer::UNKNOWN }; READERS]) };
}

/// The datum of this reader, if a current one is kept; a null pointer inside `Some` is SQL NULL.
#[inline(always)]
pub fn ready(reader: Reader) -> Option<*mut u8> {
    let ready = &READY[reader as usize];
    let kept = ready.generation.load(Relaxed);
    is_current(kept).then(|| ready.datum.load(Relaxed))
}

/// Whether an answer from the generation `kept` is still current.
#[inline(always)]
pub fn is_current(kept: u64) -> bool {
    let current = kept == generation::unpolled_generation()
        || generation::needs_polling() && kept == request_identity::generation();
    current && !request_identity::has_expired()
}

/// The current bytes of this reader's datum; `None` is SQL NULL.
pub fn datum_bytes(reader: Reader) -> Option<Vec<u8>> {
    request_identity::signed_in(|identity| reader.datum_bytes(identity))
}

/// Computes the datum of this reader, and keeps it for the next call if it outlives the query. Null is SQL
/// NULL.
pub fn refresh(reader: Reader) -> *mut u8 {
    let generation = request_identity::generation();
    let found = ANSWERS.with_borrow_mut(|answers| {
        answers[reader as usize].in_generation(generation, |identity| reader.datum_bytes(identity))
    });
    match found {
        DatumPointer::Copied(datum) => datum,
        DatumPointer::Kept(datum) => {
            let ready = &READY[reader as usize];
            ready.datum.store(datum, Relaxed);
            ready.generation.store(generation, Relaxed);
            datum
        }
    }
}
