//! What changes while users read: memberships by webhooks, sessions by revocation, and keys by rotation.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::reader::session_id;
use super::world::{self, World};
use crate::database;
use crate::events::Provider;
use crate::sender::Sender;
use crate::Result;

/// Between two rotations of the key.
const ROTATION: Duration = Duration::from_secs(4);
/// Between the new key and the end of the former one.
const BOTH: Duration = Duration::from_secs(6);

/// Lets users join organizations and leave them, and changes users.
pub fn change_memberships(world: &World, provider: &mut Provider, sender: &Sender) -> Result<()> {
    while !world.is_over() {
        let pair = (
            fastrand::usize(..world::USERS),
            fastrand::usize(..world::ORGANIZATIONS),
        );
        let named = (world::user(pair.0), world::organization(pair.1));
        world.change_membership(pair, |joins| {
            let event = if joins {
                Some(provider.add_membership(&named))
            } else {
                provider.end_membership(&named)
            };
            sender.send(&event.ok_or("there is no such membership")?)
        })?;
        sender.send(&provider.rename_user())?;
        world.counts.events.fetch_add(2, Relaxed);
    }
    Ok(())
}

pub fn revoke_sessions(world: &World) -> Result<()> {
    let mut client = database::connect_as_superuser()?;
    while !world.is_over() {
        world.revoke_session(fastrand::usize(..world::USERS), |session| {
            client.execute("SELECT clerk_rls.revoke_session($1)", &[&session_id(session)])?;
            Ok(())
        })?;
        world.counts.revocations.fetch_add(1, Relaxed);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// `control` is the URL that controls the issuer.
pub fn rotate_keys(world: &World, control: &str) -> Result<()> {
    while !world.is_over() {
        world.add_key(
            ureq::post(format!("{control}/rotate"))
                .send_empty()?
                .body_mut()
                .read_to_string()?,
        );
        world.counts.rotations.fetch_add(1, Relaxed);
        pause(world, BOTH);
        ureq::post(format!("{control}/drop")).send_empty()?;
        world.withdraw_old_keys();
        pause(world, ROTATION);
    }
    Ok(())
}

fn pause(world: &World, time: Duration) {
    let end = std::time::Instant::now() + time;
    while !world.is_over() && std::time::Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
}
