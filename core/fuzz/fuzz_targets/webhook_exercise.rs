//! What the fuzz target `webhook` does with an input, and what must hold whatever it is.

use clerk_rls_core::limits::MAX_WEBHOOK_BODY_BYTES;
use clerk_rls_core::webhook::{
    memberships_from_list, organizations_from_list, users_from_list, verify, Event, EventError, Headers,
    Secret, WebhookError,
};

/// A throwaway secret.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";

/// The input as a body, as headers, as a list and as a secret: it is refused in words, or read.
pub fn webhook(input: &[u8]) {
    body(input);
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    headers(text);
    lists(text);
    if let Err(error) = Secret::parse(text) {
        words(&error.to_string(), error.detail());
    }
}

/// A body that is signed is verified, and altered it is not.
fn body(input: &[u8]) {
    let secrets = [Secret::parse(SECRET).expect("the secret above is good")];
    let signature = secrets[0].sign("msg_1", 1000, input);
    let headers = Headers::new([
        ("svix-id", "msg_1"),
        ("svix-timestamp", "1000"),
        ("svix-signature", &signature),
    ])
    .expect("each header is given once");
    match verify(input, &headers, &secrets, 1000) {
        Ok(delivery) => {
            assert_eq!(delivery.body().as_bytes(), input);
            match Event::parse(&delivery) {
                Ok(event) => is_stored(&event.change.to_json()),
                Err(error) => event_words(&error),
            }
        }
        Err(WebhookError::BodyNotUtf8) => assert!(std::str::from_utf8(input).is_err()),
        Err(error) => {
            assert_eq!(error, WebhookError::BodyTooLarge);
            assert!(input.len() > MAX_WEBHOOK_BODY_BYTES);
        }
    }
    if let Some(rest) = input.get(1..) {
        assert!(verify(rest, &headers, &secrets, 1000).is_err());
    }
}

/// Headers that nobody has signed verify nothing.
fn headers(text: &str) {
    let secrets = [Secret::parse(SECRET).expect("the secret above is good")];
    let pairs = || text.lines().filter_map(|line| line.split_once(": "));
    for headers in [Headers::from_json(text), Headers::new(pairs())] {
        let verdict = headers.and_then(|headers| verify(b"{}", &headers, &secrets, 1000));
        let error = verdict.expect_err("the secret is not in the corpus");
        words(&error.to_string(), error.detail());
    }
}

fn lists(text: &str) {
    let mut errors = Vec::new();
    match users_from_list(text) {
        Ok(users) => users.iter().for_each(|user| is_stored(&user.to_json())),
        Err(error) => errors.push(error),
    }
    match organizations_from_list(text) {
        Ok(records) => records.iter().for_each(|record| is_stored(&record.to_json())),
        Err(error) => errors.push(error),
    }
    match memberships_from_list(text) {
        Ok(records) => records.iter().for_each(|record| is_stored(&record.to_json())),
        Err(error) => errors.push(error),
    }
    errors.iter().for_each(event_words);
}

/// What SQL reads is an object, and has nothing in it that PostgreSQL refuses.
fn is_stored(json: &str) {
    assert!(json.starts_with('{') && json.ends_with('}'));
    // `\\u0000` is a backslash and five characters.
    assert!(!json.replace("\\\\", "").contains("\\u0000"));
}

fn event_words(error: &EventError) {
    words(&error.to_string(), error.detail());
    assert!(error.hint().is_none_or(|hint| hint.ends_with('.')));
}

fn words(message: &str, detail: Option<String>) {
    assert!(!message.is_empty() && !message.ends_with('.'));
    assert!(detail.is_none_or(|detail| detail.ends_with('.')));
}
