//! The memory of a backend that verifies many tokens: new tokens, tokens that it has verified before, tokens
//! that it refuses, and statements that are cancelled while they authenticate.

use clerk_rls_core::token::Algorithm;
use postgres::error::SqlState;

use crate::claims::{signed_claims, ClaimsSize};
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::session::Session;
use crate::signer::Signer;
use crate::users::User;

use super::memory_readings::{measure_memory, table};

/// The last token of a message is refused, which ends the message.
const REQUESTS_IN_A_MESSAGE: u32 = 10;

/// Different messages, which are sent in turn. Together they have more new tokens than a backend keeps.
const MESSAGES: u32 = 240;

/// Requests in a message whose token no other message has.
const NEW_IN_A_MESSAGE: u32 = 4;

/// Neither refusals nor cancellations may fill the server log.
const SETTINGS: &str = "-c jit=off -c log_min_messages=panic -c client_min_messages=error";

const ALGORITHMS: [Algorithm; 3] = [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256];

/// `refused()` catches the error, which rolls back a savepoint. `after_change()` makes the backend read the
/// issuer again for every token, so that some cancellations occur while it reads tables.
const FUNCTIONS: &str = "\
create schema if not exists bench_memory;
create or replace function bench_memory.refused(token text) returns void language plpgsql as $$
begin
    perform clerk_rls.authenticate(token);
    raise 'a token was accepted that should be refused';
exception when invalid_authorization_specification then
end $$;
create or replace function bench_memory.after_change(token text) returns text language plpgsql as $$
begin
    perform clerk_rls.invalidate_issuers('clerk_rls.issuers'::regclass);
    return clerk_rls.authenticate(token);
end $$;
prepare authenticate(text) as select clerk_rls.authenticate($1);
prepare refused(text) as select bench_memory.refused($1);
prepare readers as select requesting_user_id(), requesting_org_id(), requesting_claim('o', 'slg');
prepare change as select clerk_rls.invalidate_issuers('clerk_rls.issuers'::regclass);";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let signers = ALGORITHMS
        .into_iter()
        .map(|algorithm| Signer::new(&format!("https://{algorithm}.memory.bench"), algorithm))
        .collect::<Result<Vec<_>>>()?;
    let mut client = fixture.server.connect("")?;
    for signer in &signers {
        signer.register(&mut client, "")?;
    }
    let tokens = TokenMix::new(fixture, &signers)?;
    after_requests(fixture, options, &tokens)?;
    after_cancellations(fixture, options, &tokens)
}

struct TokenMix<'a> {
    user: &'a User,
    /// Tokens that recur, of all issuers and two users.
    known: Vec<String>,
    new: Vec<String>,
    refused: Vec<String>,
}

impl<'a> TokenMix<'a> {
    fn new(fixture: &'a Fixture, signers: &[Signer]) -> Result<Self> {
        let [first, second] = &fixture.clerk_users;
        let mut known = Vec::new();
        let mut new = Vec::new();
        let count = (MESSAGES * NEW_IN_A_MESSAGE) as usize / signers.len();
        for signer in signers {
            for (size, user) in [(ClaimsSize::Small, first), (ClaimsSize::Large, second)] {
                known.extend(signer.tokens(size, user, 2)?);
            }
            new.push(signer.tokens(ClaimsSize::Small, first, count)?);
        }
        Ok(Self {
            user: first,
            refused: refused(&signers[0], &known[0], first)?,
            known,
            // One of each issuer in turn.
            new: (0..count)
                .flat_map(|serial| new.iter().map(move |tokens| tokens[serial].clone()))
                .collect(),
        })
    }
}

/// A token for each check that refuses tokens.
fn refused(signer: &Signer, token: &str, user: &User) -> Result<Vec<String>> {
    let claims =
        |issuer: &str| signed_claims(ClaimsSize::Small, issuer, &user.subject, &user.organization, 0);
    let expired = {
        let mut claims: serde_json::Value = serde_json::from_str(&claims(&signer.issuer)?)?;
        claims["exp"] = 1_000_000_000.into();
        signer.sign(&claims.to_string())?
    };
    let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
    Ok(vec![
        expired,
        signer.sign(&claims("https://nobody.bench")?)?,
        format!("{message}.{}", signature.chars().rev().collect::<String>()),
        message.to_owned(),
        format!("{message}.!"),
        format!("e30.{token}"),
        "x".repeat(20_000),
    ])
}

fn after_requests(fixture: &Fixture, options: &Options, tokens: &TokenMix<'_>) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    session.client().batch_execute(FUNCTIONS)?;
    let process = session.process();
    let messages: Vec<String> = (0..MESSAGES)
        .map(|number| message(tokens, number as usize))
        .collect();
    let mut table = table("Memory of a backend that authenticates tokens", "requests");
    let count = options.memory_requests.div_ceil(REQUESTS_IN_A_MESSAGE);
    measure_memory(&mut table, process, count, REQUESTS_IN_A_MESSAGE, |number| {
        let message = &messages[(number % MESSAGES) as usize];
        match session.client().batch_execute(message) {
            Err(error) if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Err("a token was accepted that should be refused".into()),
        }
    })?;
    check(&mut session, tokens)?;
    table.note(format!(
        "Of ten requests, four have a new token, five have a token that the backend has verified before, and one \
         has a token that is refused. One of the five also tries two tokens that are refused. The issuers change \
         once in {} requests.",
        MESSAGES * REQUESTS_IN_A_MESSAGE
    ));
    table.print();
    Ok(())
}

fn message(tokens: &TokenMix, number: usize) -> String {
    let pick = |tokens: &[String], position: usize| tokens[position % tokens.len()].clone();
    let mut message = String::from("rollback;");
    if number == 0 {
        message.push_str("execute change;");
    }
    let new = NEW_IN_A_MESSAGE as usize;
    for request in 0..new {
        for token in [
            pick(&tokens.new, number * new + request),
            pick(&tokens.known, number + request),
        ] {
            message.push_str(&format!(
                "begin; execute authenticate('{token}'); execute readers; commit;"
            ));
        }
    }
    let (caught, last) = (pick(&tokens.refused, number), pick(&tokens.refused, number / 7));
    // The token two positions further names another user: valid, but refused in this transaction.
    let (known, others) = (pick(&tokens.known, number), pick(&tokens.known, number + 2));
    message.push_str(&format!(
        "begin; execute authenticate('{known}'); execute refused('{caught}'); execute refused('{others}'); \
         execute readers; commit; begin; execute authenticate('{last}');"
    ));
    message
}

fn after_cancellations(fixture: &Fixture, options: &Options, tokens: &TokenMix) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    session.client().batch_execute(FUNCTIONS)?;
    session
        .client()
        .batch_execute("create temporary table tokens (token text)")?;
    // The tokens of one issuer, because a transaction accepts tokens of one user only.
    let of_one_issuer: Vec<&String> = tokens.new.iter().step_by(ALGORITHMS.len()).collect();
    session
        .client()
        .execute("insert into tokens select unnest($1::text[])", &[&of_one_issuer])?;
    let process = session.process();
    let mut cancelled = 0;
    let mut table = table(
        "Memory of a backend whose statements are cancelled",
        "cancellations",
    );
    measure_memory(&mut table, process, options.cancels, 1, |number| {
        let timeout = 1 + number % 3;
        let function = ["clerk_rls.authenticate", "bench_memory.after_change"][(number / 3 % 2) as usize];
        // More tokens than the backend can verify before any of the timeouts.
        let message = format!(
            "rollback; begin; set local statement_timeout = {timeout}; \
             select count({function}(token)) from \
             (select token from generate_series(1, 100), tokens offset {}) token",
            number * 37 % 300,
        );
        match session.client().batch_execute(&message) {
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => cancelled += 1,
            other => other?,
        }
        Ok(())
    })?;
    if cancelled == 0 {
        return Err("no statement was cancelled: the measurement is invalid".into());
    }
    check(&mut session, tokens)?;
    table.note(format!(
        "{cancelled} of {} statements were cancelled after 1 to 3 ms. In half of the statements, each token reads \
         its issuer again.",
        options.cancels
    ));
    table.print();
    Ok(())
}

/// After all these requests, valid tokens must still sign their user in, and invalid ones be refused.
fn check(session: &mut Session, tokens: &TokenMix) -> Result<()> {
    session.client().batch_execute("rollback")?;
    for token in tokens.new.iter().take(ALGORITHMS.len()) {
        let mut transaction = session.client().transaction()?;
        transaction.execute("select clerk_rls.authenticate($1)", &[token])?;
        let seen: Option<String> = transaction.query_one("select requesting_user_id()", &[])?.get(0);
        transaction.commit()?;
        if seen.as_deref() != Some(tokens.user.subject.as_str()) {
            return Err(format!("authenticated {seen:?} instead of {}", tokens.user.subject).into());
        }
    }
    for token in &tokens.refused {
        session
            .client()
            .execute("select bench_memory.refused($1)", &[token])?;
    }
    Ok(())
}
