//! A sender of webhooks as a provider is one: each message is signed, and sent until it is answered with a status of
//! 2xx, with the same ID.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clerk_rls_core::webhook::Secret;
use ureq::Agent;

use crate::events::Event;
use crate::Result;

/// The secret that signs.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A message is sent so many times at most.
const MAX_ATTEMPTS: usize = 200;

pub struct Sender {
    agent: Agent,
    url: String,
    secret: Secret,
    attempts: AtomicUsize,
}

impl Sender {
    pub fn new(address: SocketAddr) -> Result<Self> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            url: format!("http://{address}/"),
            secret: Secret::parse(SECRET).map_err(|error| error.to_string())?,
            attempts: AtomicUsize::new(0),
        })
    }

    /// How many requests were sent.
    pub fn attempts(&self) -> usize {
        self.attempts.load(Relaxed)
    }

    /// Sends an event until it is accepted.
    pub fn send(&self, event: &Event) -> Result<()> {
        for _ in 0..MAX_ATTEMPTS {
            if self.send_once(event)? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(fastrand::u64(5..100)));
        }
        Err(format!("{} was never accepted", event.id).into())
    }

    fn send_once(&self, event: &Event) -> Result<bool> {
        self.attempts.fetch_add(1, Relaxed);
        let timestamp = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let signature = self.secret.sign(&event.id, timestamp, event.body.as_bytes());
        let answer = self
            .agent
            .post(&self.url)
            .header("svix-id", &event.id)
            .header("svix-timestamp", timestamp.to_string())
            .header("svix-signature", signature)
            .send(&event.body);
        Ok(answer.is_ok_and(|answer| answer.status().is_success()))
    }
}
