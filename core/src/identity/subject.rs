//! Subjects: whether one is a user or a machine, and its UUID.
//!
//! Invariant: a machine is never a user. A policy such as `user_id = requesting_user_id()` must not open a
//! user's rows to a client-credentials token with the same ID.

use crate::claims::Claims;
use crate::json::string::json_string;
use uuid::Uuid;

/// The namespace of [`subject_uuid`], `6cbf255c-8889-57fb-9dbd-c738079467e7`: the UUIDv5 of
/// `clerk_rls:subject` in the URL namespace. It never changes, because rows are stored under the UUIDs that
/// it produces.
pub const SUBJECT_NAMESPACE: [u8; 16] = [
    0x6c, 0xbf, 0x25, 0x5c, 0x88, 0x89, 0x57, 0xfb, 0x9d, 0xbd, 0xc7, 0x38, 0x07, 0x94, 0x67, 0xe7,
];

/// The length of a UUID's canonical form ([RFC 9562 section
/// 4](https://www.rfc-editor.org/rfc/rfc9562#section-4)).
const CANONICAL_LENGTH: usize = 36;

/// A subject as a UUID. A subject that is a UUID in canonical form ([RFC 9562 section
/// 4](https://www.rfc-editor.org/rfc/rfc9562#section-4), upper or lower case) is returned unchanged. Any
/// other subject becomes the UUIDv5 ([section 5.5](https://www.rfc-editor.org/rfc/rfc9562#section-5.5)) of
/// its UTF-8 bytes in [`SUBJECT_NAMESPACE`].
pub fn subject_uuid(subject: &str) -> [u8; 16] {
    if subject.len() == CANONICAL_LENGTH {
        if let Ok(uuid) = Uuid::try_parse(subject) {
            return uuid.into_bytes();
        }
    }
    Uuid::new_v5(&Uuid::from_bytes(SUBJECT_NAMESPACE), subject.as_bytes()).into_bytes()
}

/// Whether a subject is a machine: Clerk's `mch_…`, Auth0's `…@clients`, or equal to the claim `client_id`
/// ([RFC 9068 section 2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2): without a resource owner,
/// `sub` identifies the client).
pub(crate) fn is_machine(subject: &str, claims: &Claims) -> bool {
    subject.starts_with("mch_")
        || subject.ends_with("@clients")
        || claims
            .top("client_id")
            .and_then(json_string)
            .is_some_and(|client| client == subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_what_it_says() {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"clerk_rls:subject");
        assert_eq!(namespace.into_bytes(), SUBJECT_NAMESPACE);
    }

    #[test]
    fn a_canonical_uuid_is_itself_and_any_other_subject_is_hashed() {
        let itself = "0190163d-8694-739b-aea5-966c26f8ad91";
        let uuid = |subject: &str| Uuid::from_bytes(subject_uuid(subject)).to_string();
        assert_eq!(uuid(itself), itself);
        assert_eq!(uuid(&itself.to_uppercase()), itself);
        // Python: uuid.uuid5(uuid.UUID("6cbf255c-8889-57fb-9dbd-c738079467e7"), "user_2abc")
        assert_eq!(uuid("user_2abc"), "894afb87-b28e-52b0-87a5-f08f02121d8f");
        for other in [
            "0190163d8694739baea5966c26f8ad91",
            "{0190163d-8694-739b-aea5-966c26f8ad91}",
            "urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91",
            "0190163d-8694-739b-aea5-966c26f8ad9g",
            "0190163d-8694-739b-aea5-966c26f8ad9é",
            "0190163d-8694-739b-aea5966c-26f8-ad9",
            "",
        ] {
            assert_ne!(uuid(other), itself, "{other}");
            assert_eq!(
                Uuid::from_bytes(subject_uuid(other)).get_version_num(),
                5,
                "{other}"
            );
        }
    }
}
