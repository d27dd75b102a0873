//! Signed deliveries for the tests of webhooks.

// Each test file uses some of it.
#![allow(dead_code)]

use clerk_rls_core::webhook::{
    verify, Delivery, Event, EventError, EventFault, Headers, Secret, WebhookError,
};
use serde_json::{json, Value};

/// The second at which the tests' webhooks are sent.
pub const SENT: i64 = 1_750_000_000;

pub const ID: &str = "msg_2xKJ0mPqRsTuVwXyZ01234567";

/// Throwaway secrets of 24 bytes.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
pub const OTHER_SECRET: &str = "whsec_bm1sa2ppaGdmZWRjYmE5ODc2NTQzMjEw";

pub fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

pub fn other_secret() -> Secret {
    Secret::parse(OTHER_SECRET).unwrap()
}

/// Svix's headers with a signature that need not be right.
pub fn headers(timestamp: &str, signature: &str) -> Headers {
    Headers::new([
        ("svix-id", ID),
        ("svix-timestamp", timestamp),
        ("svix-signature", signature),
    ])
    .unwrap()
}

/// Headers for a body, signed by [`secret`] at [`SENT`].
pub fn signed(body: &[u8]) -> Headers {
    headers(&SENT.to_string(), &secret().sign(ID, SENT, body))
}

/// The verdict on a body with headers, at the second it was sent.
pub fn verdict(body: &[u8], headers: &Headers) -> Result<Delivery, WebhookError> {
    verify(body, headers, &[secret()], SENT)
}

/// What a body says when it is signed.
pub fn event_of(body: &str) -> Result<Event, EventError> {
    Event::parse(&verdict(body.as_bytes(), &signed(body.as_bytes())).unwrap())
}

/// An event of a type with its data.
pub fn envelope(kind: &str, data: &Value) -> Value {
    json!({
        "object": "event",
        "type": kind,
        "timestamp": 1_750_000_000_123_i64,
        "instance_id": "ins_1",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.7", "user_agent": "curl/8"}},
        "data": data,
    })
}

/// What an event of a type says with its data.
pub fn event(kind: &str, data: &Value) -> Result<Event, EventError> {
    event_of(&envelope(kind, data).to_string())
}

/// A user with all that Clerk sends.
pub fn user() -> Value {
    json!({
        "object": "user",
        "id": "user_1",
        "external_id": "crm-7",
        "primary_email_address_id": "idn_2",
        "primary_phone_number_id": "idn_3",
        "primary_web3_wallet_id": null,
        "username": "ada",
        "first_name": "Ada",
        "last_name": "L\u{f8}vel\"ace\\",
        "profile_image_url": "https://img.example.com/old",
        "image_url": "https://img.example.com/ada",
        "has_image": true,
        "public_metadata": {"plan": "pro", "seats": 3},
        "private_metadata": {"salary": "PRIVATE"},
        "unsafe_metadata": {"admin": "UNSAFE"},
        "email_addresses": [
            {"object": "email_address", "id": "idn_1", "email_address": "old@example.com",
             "verification": {"status": "unverified", "strategy": "email_code"}, "linked_to": []},
            {"object": "email_address", "id": "idn_2", "email_address": "ada@example.com",
             "verification": {"status": "verified", "strategy": "from_oauth_google"},
             "linked_to": [{"type": "oauth_google", "id": "idn_9"}]},
        ],
        "phone_numbers": [
            {"object": "phone_number", "id": "idn_3", "phone_number": "+15550100",
             "verification": {"status": "verified", "strategy": "phone_code"}, "backup_codes": null},
        ],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "password_enabled": true,
        "two_factor_enabled": false,
        "last_sign_in_at": null,
        "banned": false,
        "locked": true,
        "lockout_expires_in_seconds": null,
        "created_at": 1_740_000_000_001_i64,
        "updated_at": 1_750_000_000_002_i64,
        "last_active_at": 1_749_999_000_000_i64,
    })
}

/// The user as SQL reads it.
pub fn user_columns() -> Value {
    json!({
        "user_id": "user_1",
        "external_id": "crm-7",
        "email": "ada@example.com",
        "email_verified": true,
        "phone": "+15550100",
        "username": "ada",
        "first_name": "Ada",
        "last_name": "L\u{f8}vel\"ace\\",
        "image_url": "https://img.example.com/ada",
        "public_metadata": {"plan": "pro", "seats": 3},
        "banned": false,
        "locked": true,
        "created_at": 1_740_000_000_001_i64,
        "updated_at": 1_750_000_000_002_i64,
    })
}

pub fn session() -> Value {
    json!({
        "object": "session",
        "id": "sess_1",
        "user_id": "user_1",
        "user": user(),
        "client_id": "client_1",
        "actor": null,
        "status": "active",
        "last_active_organization_id": null,
        "last_active_at": 1_750_000_000_000_i64,
        "latest_activity": {"id": "sess_activity_1", "is_mobile": false},
        "expire_at": 1_750_600_000_000_i64,
        "abandon_at": 1_752_600_000_000_i64,
        "created_at": 1_750_000_000_000_i64,
        "updated_at": 1_750_000_000_003_i64,
    })
}

pub fn organization() -> Value {
    json!({
        "object": "organization",
        "id": "org_1",
        "name": "Acme",
        "slug": "acme",
        "image_url": "https://img.example.com/acme",
        "has_image": true,
        "members_count": 2,
        "pending_invitations_count": 0,
        "max_allowed_memberships": 5,
        "admin_delete_enabled": true,
        "public_metadata": {"tier": 1},
        "private_metadata": {"contract": "PRIVATE"},
        "created_by": "user_1",
        "created_at": 1_740_000_000_004_i64,
        "updated_at": 1_750_000_000_005_i64,
    })
}

pub fn membership() -> Value {
    json!({
        "object": "organization_membership",
        "id": "orgmem_1",
        "role": "org:admin",
        "role_name": "Admin",
        "permissions": ["org:reports:read", "org:sys_memberships:manage"],
        "public_metadata": {},
        "private_metadata": {"note": "PRIVATE"},
        "organization": organization(),
        "public_user_data": {
            "user_id": "user_1", "first_name": "Ada", "last_name": null, "identifier": "ada@example.com",
            "image_url": "https://img.example.com/ada", "has_image": true
        },
        "created_at": 1_740_000_000_006_i64,
        "updated_at": 1_750_000_000_007_i64,
    })
}

/// A value with one member or element replaced, or one member added.
pub fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    if let Some(old) = value.pointer_mut(pointer) {
        *old = new;
    } else {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[name] = new;
    }
    value
}

/// A value without one member.
pub fn without(mut value: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.remove(name).unwrap();
    value
}

/// Why an event is refused, and the field.
pub fn fault_and_field(verdict: Result<Event, EventError>) -> (EventFault, String) {
    let error = verdict.unwrap_err();
    assert_eq!(error.record(), None);
    (error.fault(), error.field().unwrap_or_default().to_owned())
}

/// Why an event of a type with its data is refused, and the field.
pub fn fault(kind: &str, data: &Value) -> (EventFault, String) {
    fault_and_field(event(kind, data))
}

pub fn at(field: &str, fault: EventFault) -> (EventFault, String) {
    (fault, field.to_owned())
}

/// The record of an event as SQL reads it.
pub fn columns(event: &Event) -> Value {
    serde_json::from_str(&event.change.to_json()).unwrap()
}
