//! A user's requests, through a connection of a role without privileges of its own, and the check of what they see.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use postgres::Client;
use serde_json::json;

use super::world::{self, Key, Session, World, KEYS_FOLLOW};
use crate::database;
use crate::Result;

/// The name of the readers' connections.
pub const NAME: &str = "reader";

/// Reads until the soak is over.
pub fn run(world: &World, issuer: &str) -> Result<()> {
    let mut reader = database::connect("app", NAME)?;
    let mut signer = database::connect_as_superuser()?;
    while !world.is_over() {
        let Some(key) = world.a_key() else { continue };
        let session = world.a_session(fastrand::usize(..world::USERS));
        let of = fastrand::usize(..world::ORGANIZATIONS);
        let token = sign(&mut signer, issuer, session, of, &key)?;
        let from = Instant::now();
        let answer = request(&mut reader, &token);
        let to = Instant::now();
        let request = Request {
            world,
            session,
            of,
            key,
            from,
            to,
        };
        match answer {
            Ok(seen) => {
                world.counts.reads.fetch_add(1, Relaxed);
                request.check(&seen);
            }
            Err(error) => {
                world.counts.refusals.fetch_add(1, Relaxed);
                let message = error
                    .as_db_error()
                    .map_or_else(|| error.to_string(), |error| error.message().to_owned());
                request.check_refusal(&message);
            }
        }
    }
    Ok(())
}

/// A token of the user, which claims to be a member of an organization.
fn sign(signer: &mut Client, issuer: &str, (user, session): Session, of: usize, key: &Key) -> Result<String> {
    let claims = json!({
        "iss": issuer, "sub": world::user(user), "sid": session_id((user, session)),
        "exp": 4_102_444_800_u64, "org_id": world::organization(of), "org_role": "org:member",
    });
    let row = signer.query_one(
        "SELECT clerk_rls.jwt_sign(
            ($1::text)::jsonb || jsonb_build_object('iat', floor(extract(epoch FROM now()))), ($2::text)::jsonb)",
        &[&claims.to_string(), &key.jwk],
    )?;
    Ok(row.get(0))
}

pub fn session_id((user, session): Session) -> String {
    format!("sess_{user}_{session}")
}

/// What a request has seen.
struct Seen {
    user: Option<String>,
    organization: Option<String>,
    organizations: BTreeSet<String>,
    owners: BTreeSet<String>,
}

fn request(reader: &mut Client, token: &str) -> std::result::Result<Seen, postgres::Error> {
    let mut transaction = reader.transaction()?;
    transaction.execute("SELECT clerk_rls.authenticate($1, 'authenticated')", &[&token])?;
    let identity = transaction.query_one("SELECT requesting_user_id(), requesting_org_id()", &[])?;
    let mut column = |query: &str| -> std::result::Result<BTreeSet<String>, postgres::Error> {
        Ok(transaction
            .query(query, &[])?
            .iter()
            .map(|row| row.get(0))
            .collect())
    };
    let seen = Seen {
        user: identity.get(0),
        organization: identity.get(1),
        organizations: column("SELECT org_id FROM documents")?,
        owners: column("SELECT user_id FROM notes")?,
    };
    transaction.commit()?;
    Ok(seen)
}

struct Request<'a> {
    world: &'a World,
    session: Session,
    /// The organization that the token names.
    of: usize,
    key: Key,
    from: Instant,
    to: Instant,
}

impl Request<'_> {
    fn check(&self, seen: &Seen) {
        let user = world::user(self.session.0);
        if seen.user.as_ref() != Some(&user) || seen.owners != BTreeSet::from([user.clone()]) {
            self.report(&format!(
                "the user is {:?}, and sees notes of {:?}",
                seen.user, seen.owners
            ));
        }
        for number in 0..world::ORGANIZATIONS {
            let sees = seen.organizations.contains(&world::organization(number));
            if !self.may_be_member(number, sees) {
                let sees = if sees { "sees" } else { "does not see" };
                self.report(&format!(
                    "{user} {sees} documents of {}",
                    world::organization(number)
                ));
            }
        }
        if seen.organization.is_some() && !self.may_be_member(self.of, true) {
            self.report(&format!(
                "{user} acts for {:?} without being a member",
                seen.organization
            ));
        }
        if !self
            .world
            .may_have_been_revoked(self.session, false, self.from, self.to)
        {
            self.report(&format!(
                "a token of {} was accepted after its revocation",
                session_id(self.session)
            ));
        }
        if self
            .key
            .withdrawn
            .is_some_and(|at| self.from.duration_since(at) > KEYS_FOLLOW)
        {
            self.report("a token was accepted whose key has long been withdrawn");
        }
    }

    fn check_refusal(&self, message: &str) {
        let is_expected = match message {
            "JWT session was revoked" => {
                self.world
                    .may_have_been_revoked(self.session, true, self.from, self.to)
            }
            // A membership that has ended revokes the tokens for it, until there is a newer one.
            "JWT membership was revoked" => true,
            "JWT key id is unknown" | "issuer of the JWT has no keys" => {
                self.key.withdrawn.is_some() || self.key.published.elapsed() < KEYS_FOLLOW
            }
            _ => false,
        };
        if !is_expected {
            self.report(&format!("a token was refused: {message}"));
        }
    }

    fn may_be_member(&self, organization: usize, value: bool) -> bool {
        let pair = (self.session.0, organization);
        self.world.may_have_been_member(pair, value, self.from, self.to)
    }

    fn report(&self, problem: &str) {
        self.world.report(format!("{problem} ({:?})", self.session));
    }
}
