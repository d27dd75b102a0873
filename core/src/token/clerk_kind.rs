//! Which kind of token Clerk has issued.
//!
//! Every Clerk token has exactly one kind, decided by the header and claims that Clerk signed. Machines come
//! first: neither `typ` nor a user ID elsewhere in the token turns a machine's token into a user's.

use super::header::{Category, TokenHeader, TokenType};
use super::kind::TokenKind;
use crate::claims::Claims;
use crate::field::Field;
use crate::identity::is_machine;
use crate::json::string::json_string;
use crate::layout::Layout;
use crate::lookup::Lookup;

/// The kind of a Clerk token.
///
/// Sources:
/// [`verify.ts`](https://github.com/clerk/javascript/blob/main/packages/backend/src/tokens/verify.ts) and
/// [`machine.ts`](https://github.com/clerk/javascript/blob/main/packages/backend/src/tokens/machine.ts) in
/// Clerk's SDK; [RFC 9068 section 2](https://www.rfc-editor.org/rfc/rfc9068#section-2).
pub(super) fn clerk_kind(header: &TokenHeader, claims: &Claims, layout: &Layout) -> TokenKind {
    if header.category == Category::Machine || subjects(claims, layout).any(|name| is_machine(&name, claims))
    {
        return TokenKind::Machine;
    }
    match (header.token_type, header.category) {
        (TokenType::AccessToken, _) => TokenKind::OAuth,
        (_, Category::Template) => TokenKind::Template,
        _ => TokenKind::Session,
    }
}

/// The subjects of a token: `sub`, and the claim to which a claim map moves the user ID.
fn subjects(claims: &Claims, layout: &Layout) -> impl Iterator<Item = String> {
    let sub = claims
        .top("sub")
        .and_then(json_string)
        .map(|sub| sub.into_owned());
    let mapped = match layout.text(Field::UserId, claims).0 {
        Lookup::Text(subject) => Some(subject),
        _ => None,
    };
    sub.into_iter().chain(mapped)
}
