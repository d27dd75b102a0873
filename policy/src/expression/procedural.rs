//! What a PL/pgSQL body mentions. PostgreSQL parses such a body only when it runs, so its words are examined:
//! those outside comments and strings.

use std::iter::Peekable;
use std::str::Chars;

use super::user_written::USER_WRITTEN_CLAIMS;

const CLAIM_SETTINGS: &str = "request.jwt";
/// Supabase's helper functions in the schema `auth`.
const HELPERS: [&str; 6] = ["uid", "jwt", "role", "email", "user_id", "session"];

/// What a body mentions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// The requesting user.
    pub(crate) user: bool,
    /// The setting that contains the claims.
    pub(crate) claims: bool,
    /// A claim that the user can write, in a body that mentions the requesting user.
    pub(crate) written_by_the_user: Option<&'static str>,
}

pub(crate) fn mentions(source: &str) -> Mentions {
    let words = words(source);
    let mut found = Mentions::default();
    for (position, word) in words.iter().enumerate() {
        let follows = |offset: usize| words.get(position + offset);
        match word {
            Word::Name(name) if name == "current_setting" && follows(1) == Some(&Word::Sign('(')) => {
                found.user = true;
                found.claims |=
                    matches!(follows(2), Some(Word::Text(text)) if text.starts_with(CLAIM_SETTINGS));
            }
            Word::Name(name) if name.starts_with("requesting_") => found.user = true,
            Word::Name(schema) if schema == "auth" && follows(1) == Some(&Word::Sign('.')) => {
                found.user |=
                    matches!(follows(2), Some(Word::Name(name)) if HELPERS.contains(&name.as_str()));
            }
            _ => {}
        }
    }
    if found.user {
        let is_mentioned = |name: &&&str| {
            words
                .iter()
                .any(|word| matches!(word, Word::Text(text) if text == **name))
        };
        found.written_by_the_user = USER_WRITTEN_CLAIMS.iter().find(is_mentioned).copied();
    }
    found
}

#[derive(Debug, PartialEq)]
enum Word {
    /// A name, folded to lower case as in PostgreSQL unless it is quoted.
    Name(String),
    Text(String),
    Sign(char),
}

/// Splits a body into words by PostgreSQL's [lexical
/// rules](https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
fn words(source: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '-' if rest.peek() == Some(&'-') => while rest.next_if(|c| *c != '\n').is_some() {},
            '/' if rest.next_if_eq(&'*').is_some() => skip_comment(&mut rest),
            '\'' => {
                // Only in E'…' is a backslash an escape.
                let escapes = matches!(words.last(), Some(Word::Name(name)) if name == "e");
                words.push(Word::Text(quoted(&mut rest, '\'', escapes)));
            }
            '"' => words.push(Word::Name(quoted(&mut rest, '"', false))),
            '$' => match dollar_quoted(&mut rest) {
                Some(text) => words.push(Word::Text(text)),
                None => words.push(Word::Sign('$')),
            },
            _ if character.is_alphabetic() || character == '_' => {
                let mut name = character.to_string();
                while let Some(next) = rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                    name.push(next);
                }
                words.push(Word::Name(name.to_lowercase()));
            }
            _ if character.is_whitespace() => {}
            _ => words.push(Word::Sign(character)),
        }
    }
    words
}

fn skip_comment(rest: &mut Peekable<Chars>) {
    let mut depth = 1;
    while let Some(character) = rest.next() {
        match character {
            '/' if rest.next_if_eq(&'*').is_some() => depth += 1,
            '*' if rest.next_if_eq(&'/').is_some() => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

fn quoted(rest: &mut Peekable<Chars>, quote: char, escapes: bool) -> String {
    let mut text = String::new();
    while let Some(character) = rest.next() {
        match character {
            '\\' if escapes => text.extend(rest.next()),
            _ if character == quote && rest.next_if_eq(&quote).is_none() => break,
            _ => text.push(character),
        }
    }
    text
}

/// Reads `$tag$…$tag$` after its first `$`.
fn dollar_quoted(rest: &mut Peekable<Chars>) -> Option<String> {
    let ahead: String = rest.clone().collect();
    let (tag, inside) = ahead.split_once('$')?;
    if !tag.chars().all(|c| c.is_alphanumeric() || c == '_') || tag.starts_with(|c: char| c.is_numeric()) {
        return None;
    }
    let (text, _) = inside.split_once(&format!("${tag}$"))?;
    let length = tag.chars().count() * 2 + text.chars().count() + 3;
    rest.nth(length.checked_sub(1)?);
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_however_they_are_written() {
        for source in [
            "BEGIN RETURN current_setting('request.jwt.claims', true)::json->>'sub'; END",
            "return CURRENT_SETTING ( 'request.jwt.claim.sub' )",
            "return pg_catalog.current_setting(/* the claims */ 'request.jwt.claims')",
            "x := $a$it's$a$; return \"current_setting\"('request.jwt.claims')",
        ] {
            assert_eq!(
                mentions(source),
                Mentions {
                    user: true,
                    claims: true,
                    written_by_the_user: None
                },
                "{source}"
            );
        }
        for source in [
            "return public.requesting_user_id()",
            "select auth . uid()",
            "current_setting('app.user')",
        ] {
            assert_eq!(
                mentions(source),
                Mentions {
                    user: true,
                    claims: false,
                    written_by_the_user: None
                },
                "{source}"
            );
        }
    }

    #[test]
    fn claims_that_the_user_writes_are_mentioned_beside_who_is_asking() {
        let read = "return auth.jwt() -> 'user_metadata' ->> 'plan'";
        assert_eq!(mentions(read).written_by_the_user, Some("user_metadata"));
        assert_eq!(
            mentions("return auth.jwt() -> 'app_metadata'").written_by_the_user,
            None
        );
        assert_eq!(mentions("return 'user_metadata'").written_by_the_user, None);
    }

    #[test]
    fn comments_and_strings_are_no_words() {
        for source in [
            "-- current_setting('request.jwt.claims')\nreturn 1",
            "/* /* auth.uid() */ requesting_user_id() */ return 1",
            "return 'requesting_user_id()'",
            "return E'it\\'s requesting_user_id()'",
            "return $$requesting_user_id()$$",
            "return \"auth.uid\"()",
            "return my_current_setting('request.jwt.claims')",
            "select auth.users from current_setting",
            "'",
            "\"",
            "$",
            "$$",
            "/*",
            "E'\\",
        ] {
            assert_eq!(mentions(source), Mentions::default(), "{source}");
        }
    }
}
