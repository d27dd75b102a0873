//! A backend that receives webhooks about the users of its database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clerk_rls_core::webhook::Secret;
use postgres::Statement;
use serde_json::json;

use crate::error::Result;
use crate::server::Server;
use crate::session::Session;

use super::session_settings::TOKEN_SETTINGS;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The user with this number, as an SQL expression of `n`.
const USER_ID: &str = "'user_' || left(md5('webhook user ' || n), 27)";

/// The distance between the users of successive events, as a fraction of the table. Multiples of the golden ratio
/// spread evenly, so the events touch all parts of the table.
const STRIDE: f64 = 0.618_034;

pub struct SignedWebhook {
    body: String,
    headers: String,
}

pub struct WebhookBackend {
    session: Session,
    secret: Secret,
    receive: Statement,
    user_ids: Vec<String>,
    /// The number of events so far.
    sent: u32,
}

impl WebhookBackend {
    /// Fills the table with this number of users.
    pub fn new(server: &Server, users: u32) -> Result<Self> {
        eprintln!("filling {users} users");
        let mut session = Session::open(server, TOKEN_SETTINGS)?;
        let client = session.client();
        client.execute("select clerk_rls.add_webhook_secret($1)", &[&SECRET])?;
        client.batch_execute(&format!(
            "insert into clerk_rls.users (user_id, email, email_verified, phone, first_name, last_name, image_url,
                 public_metadata, created_at, updated_at)
             select {USER_ID}, 'user' || n || '@example.com', true, '+49 170 ' || n, 'First ' || n, 'Last ' || n,
                 'https://img.clerk.com/' || md5(n::text), '{{\"plan\": \"pro\"}}', now(), 'epoch'
             from generate_series(1, {users}) n"
        ))?;
        client.batch_execute("vacuum (freeze, analyze) clerk_rls.users")?;
        client.batch_execute("checkpoint")?;
        let ids = client.query(
            &format!("select {USER_ID} from generate_series(1, {users}) n"),
            &[],
        )?;
        Ok(Self {
            receive: session
                .prepare("select clerk_rls.receive_webhook_raw($1, $2::text::jsonb) ->> 'outcome'")?,
            secret: Secret::parse(SECRET)?,
            user_ids: ids.iter().map(|row| row.get(0)).collect(),
            sent: 0,
            session,
        })
    }

    /// The next events, signed.
    pub fn next_events(&mut self, count: u32) -> Result<Vec<SignedWebhook>> {
        let events = self.sent..self.sent + count;
        self.sent = events.end;
        events.map(|number| self.event(number)).collect()
    }

    /// Receives each event in a transaction of its own. Returns the CPU time, and the number of events that have
    /// changed their user.
    pub fn receive(&mut self, events: &[SignedWebhook]) -> Result<(Duration, i64)> {
        let Self { session, receive, .. } = self;
        session.cpu_time(|session| {
            let mut applied = 0;
            for event in events {
                let outcome: String = session
                    .client()
                    .query_one(&*receive, &[&event.body, &event.headers])?
                    .get(0);
                applied += i64::from(outcome == "applied");
            }
            Ok(applied)
        })
    }

    /// What the server does at a commit.
    pub fn durability(&mut self) -> Result<String> {
        let row = self.session.client().query_one(
            "select format('synchronous_commit %s, fsync %s', current_setting('synchronous_commit'), \
             current_setting('fsync'))",
            &[],
        )?;
        Ok(row.get(0))
    }

    fn event(&self, number: u32) -> Result<SignedWebhook> {
        let users = self.user_ids.len();
        let position = (f64::from(number) * STRIDE).fract() * users as f64;
        let user_id = &self.user_ids[position as usize % users];
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        // Later than the event before, which may have been about the same user.
        let updated_at = now * 1_000 + u64::from(number);
        let body = body(user_id, number, updated_at);
        let message_id = format!("msg_{number:027}");
        let signature = self
            .secret
            .sign(&message_id, i64::try_from(now)?, body.as_bytes());
        let headers = json!({
            "content-type": "application/json",
            "svix-id": message_id,
            "svix-signature": signature,
            "svix-timestamp": now.to_string(),
        });
        Ok(SignedWebhook {
            body,
            headers: headers.to_string(),
        })
    }
}

/// An event as Clerk sends it.
fn body(user_id: &str, number: u32, updated_at: u64) -> String {
    json!({
        "data": {
            "backup_code_enabled": false,
            "banned": false,
            "created_at": 1_700_000_000_000_u64,
            "delete_self_enabled": true,
            "email_addresses": [{
                "created_at": 1_700_000_000_000_u64,
                "email_address": format!("user{number}@example.com"),
                "id": "idn_2xJm0aTq4Vb7cW9dYfKzR3LsPeH",
                "linked_to": [],
                "object": "email_address",
                "reserved": false,
                "updated_at": 1_700_000_000_000_u64,
                "verification": { "attempts": null, "status": "verified", "strategy": "email_code" },
            }],
            "external_accounts": [],
            "external_id": null,
            "first_name": format!("First {number}"),
            "has_image": true,
            "id": user_id,
            "image_url": "https://img.clerk.com/eyJ0eXBlIjoiZGVmYXVsdCIsImlpZCI6Imluc18yIn0",
            "last_active_at": updated_at,
            "last_name": "Rossi",
            "last_sign_in_at": updated_at,
            "locked": false,
            "mfa_enabled_at": null,
            "object": "user",
            "password_enabled": true,
            "phone_numbers": [],
            "primary_email_address_id": "idn_2xJm0aTq4Vb7cW9dYfKzR3LsPeH",
            "primary_phone_number_id": null,
            "private_metadata": {},
            "public_metadata": { "plan": "pro", "visits": number },
            "totp_enabled": false,
            "two_factor_enabled": false,
            "unsafe_metadata": {},
            "updated_at": updated_at,
            "username": null,
        },
        "event_attributes": { "http_request": { "client_ip": "192.0.2.7", "user_agent": "Mozilla/5.0" } },
        "instance_id": "ins_2xJm0aTq4Vb7cW9dYfKzR3LsPeH",
        "object": "event",
        "timestamp": updated_at,
        "type": "user.updated",
    })
    .to_string()
}
