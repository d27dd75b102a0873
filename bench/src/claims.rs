//! Claims in two sizes: a Clerk session token of version 2 with about 400 bytes, and the same with public
//! metadata and many permissions, about 8 kB.
//!
//! Clerk orders its claims alphabetically. `sub` comes after the large parts, so a reader that stops early
//! gains nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{json, Map, Value};

use crate::error::Result;

/// A permission in the claims of both sizes.
pub const GRANTED_PERMISSION: &str = "org:projects:read";

const LARGE_BYTES: usize = 8_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ClaimsSize {
    Small,
    Large,
}

impl ClaimsSize {
    pub const BOTH: [Self; 2] = [Self::Small, Self::Large];

    pub fn label(self) -> &'static str {
        match self {
            Self::Small => "0.4 kB claims",
            Self::Large => "8 kB claims",
        }
    }
}

/// The claims for `request.jwt.claims`: `subject` is an admin of `organization`.
pub fn session_token(size: ClaimsSize, subject: &str, organization: &str) -> String {
    claims_of(size, subject, organization).to_string()
}

/// The claims of a token that is valid now. Each `serial` makes another token.
pub fn signed_claims(
    size: ClaimsSize,
    issuer: &str,
    subject: &str,
    organization: &str,
    serial: usize,
) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut claims = claims_of(size, subject, organization);
    claims["iss"] = issuer.into();
    claims["jti"] = format!("{serial:020x}").into();
    claims["iat"] = now.into();
    claims["nbf"] = (now - 10).into();
    // A session token expires after a minute, and the benchmark takes longer.
    claims["exp"] = (now + 86_400).into();
    Ok(claims.to_string())
}

fn claims_of(size: ClaimsSize, subject: &str, organization: &str) -> Value {
    match size {
        ClaimsSize::Small => small(subject, organization),
        ClaimsSize::Large => large(subject, organization),
    }
}

fn small(subject: &str, organization: &str) -> Value {
    json!({
        "azp": "https://app.dev",
        "exp": 1893456060,
        "fea": "o:projects",
        "fva": [3, -1],
        "iat": 1893456000,
        "iss": "https://clerk.app.dev",
        "jti": "9f2c41d07be85a3364fd",
        "nbf": 1893455990,
        "o": {
            "fpm": "1",
            "id": organization,
            "per": "read",
            "rol": "admin",
            "slg": "acme",
        },
        "pla": "o:pro",
        "role": "authenticated",
        "sid": "sess_2xJm0aTq4Vb7cW9dYfKzR3LsPeH",
        "sts": "active",
        "sub": subject,
        "v": 2,
    })
}

fn large(subject: &str, organization: &str) -> Value {
    let permissions = [
        "read", "create", "update", "delete", "manage", "share", "export", "import", "archive", "restore",
        "approve", "comment", "assign", "invite", "publish", "audit",
    ];
    let mut features = vec!["o:projects".to_owned()];
    features.extend((1..40).map(|n| format!("o:feature-{n:02}")));
    let masks: Vec<String> = (0..features.len())
        .map(|n| (((n * 7919) & 0xffff) | 1).to_string())
        .collect();

    let mut claims = small(subject, organization);
    claims["fea"] = features.join(",").into();
    claims["o"]["per"] = permissions.join(",").into();
    claims["o"]["fpm"] = masks.join(",").into();
    let mut workspaces = Map::new();
    while claims.to_string().len() < LARGE_BYTES {
        let n = workspaces.len();
        workspaces.insert(
            format!("workspace-{n:02}"),
            json!({
                "labels": ["internal", "eu-central", format!("team \"{n}\"")],
                "limits": { "members": 25 + n, "storage": { "bytes": 1_073_741_824_u64, "warn": 0.9 } },
                "owner": { "email": format!("owner{n}@example.com"), "name": "Jörg Müller" },
                "plan": null,
                "trial": n.is_multiple_of(2),
            }),
        );
        claims["metadata"] = json!({ "onboarded": true, "locale": "en-GB", "workspaces": workspaces });
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_near_their_labels() {
        let subject = "user_2xJm0aTq4Vb7cW9dYfKzR3LsPeH";
        let organization = "org_2xJm0aTq4Vb7cW9dYfKzR3LsPeH";
        let small = session_token(ClaimsSize::Small, subject, organization).len();
        let large = session_token(ClaimsSize::Large, subject, organization).len();
        assert!((300..450).contains(&small), "{small}");
        assert!((8_000..8_400).contains(&large), "{large}");
    }
}
