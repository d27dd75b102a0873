//! Load for tests, on the server that the environment names (`PGHOST` and the like).
//!
//!     clerk_rls_load webhooks EVENTS [SEED]
//!     clerk_rls_load soak SECONDS PROVIDER [SEED]
//!
//! `webhooks` sends events repeated and reordered while backends are killed, and compares the tables with what the
//! events say: see [`webhooks`]. `soak` changes memberships, revokes, and rotates keys while users read, and checks
//! each row that they see: see [`soak`]. PROVIDER is the URL of `clerk_rls_provider`. A seed repeats the events and their
//! order, but not the moments at which something fails.

mod application;
mod database;
mod events;
mod sender;
mod soak;
mod tap;
mod webhooks;

use std::error::Error;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seeded = |seed: Option<&&str>| -> Result<()> {
        let seed = seed.map_or_else(|| Ok(fastrand::u64(..)), |seed| seed.parse())?;
        println!("# seed {seed}");
        fastrand::seed(seed);
        Ok(())
    };
    match arguments.as_slice() {
        ["webhooks", events, seed @ ..] => {
            seeded(seed.first())?;
            webhooks::run(events.parse()?)
        }
        ["soak", seconds, provider, seed @ ..] => {
            seeded(seed.first())?;
            soak::run(seconds.parse()?, provider)
        }
        _ => Err("usage: clerk_rls_load webhooks EVENTS [SEED] | soak SECONDS PROVIDER [SEED]".into()),
    }
}
