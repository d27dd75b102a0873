//! Checks whether a token, or the claims of the request, were revoked.

use clerk_rls_core::{Identity, Revocable, Revoked, SignedOut};

use crate::error::Error;
use crate::pg::tables::revocation_table::RevocationTable;

/// The table cannot be read.
struct TableUnreadable;

/// The reason to refuse a token or claims, by the current rows of the table.
fn look_up(revocable: &Revocable) -> Result<Option<Revoked>, TableUnreadable> {
    let table = RevocationTable::open().ok_or(TableUnreadable)?;
    Ok(revocable.keys().iter().find_map(|key| {
        let entries = table.entries(key);
        entries.iter().find_map(|entry| revocable.revoked_by(key, entry))
    }))
}

/// Returns an error for a token that was revoked.
pub fn check(revocable: &Revocable) -> Result<(), Error> {
    match look_up(revocable) {
        Ok(None) => Ok(()),
        Ok(Some(revoked)) => Err(Error::Revoked(revoked)),
        Err(TableUnreadable) => Err(Error::RevocationTable),
    }
}

/// The identity, signed out if its claims were revoked.
pub fn applied_to(identity: Identity) -> Identity {
    let Some(revocable) = identity.revocable() else {
        return identity;
    };
    match look_up(&revocable) {
        Ok(None) => identity,
        Ok(Some(revoked)) => identity.signed_out(SignedOut::Revoked(revoked)),
        Err(TableUnreadable) => identity.signed_out(SignedOut::RevocationsMissing),
    }
}
