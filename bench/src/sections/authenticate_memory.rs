//! A backend's memory after many authentications: of tokens that it knows and that it does not, of
//! tokens that it refuses, and of statements that are cancelled in their midst.

use clerk_rls_core::token::Algorithm;
use postgres::error::SqlState;

use crate::claims::{self, Size};
use crate::fixture::{Fixture, Person};
use crate::options::Options;
use crate::session::Session;
use crate::signer::Signer;
use crate::Result;

use super::memory;

/// The last one of a message is refused, and ends it.
const REQUESTS_IN_A_MESSAGE: u32 = 10;

/// The messages go round, and with them more new tokens than a backend keeps.
const MESSAGES: u32 = 240;

/// Requests of a message with a token that no other message has; the others' are known.
const NEW_IN_A_MESSAGE: u32 = 4;

/// Neither refusals nor cancellations are to fill the log of the server.
const SETTINGS: &str = "-c jit=off -c log_min_messages=panic -c client_min_messages=error";

const ALGORITHMS: [Algorithm; 3] = [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256];

/// `refused` is a savepoint's end. `again` makes every token ask for its issuer anew, so that a
/// cancellation also falls into the reading of tables.
const FUNCTIONS: &str = "\
create schema if not exists bench_memory;
create or replace function bench_memory.refused(token text) returns void language plpgsql as $$
begin
    perform clerk_rls.authenticate(token);
    raise 'a token was accepted that should be refused';
exception when invalid_authorization_specification then
end $$;
create or replace function bench_memory.again(token text) returns text language plpgsql as $$
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
    let tokens = Tokens::new(fixture, &signers)?;
    after_requests(fixture, options, &tokens)?;
    after_cancellations(fixture, options, &tokens)
}

struct Tokens<'a> {
    person: &'a Person,
    /// Of all issuers and of two people.
    known: Vec<String>,
    new: Vec<String>,
    refused: Vec<String>,
}

impl<'a> Tokens<'a> {
    fn new(fixture: &'a Fixture, signers: &[Signer]) -> Result<Self> {
        let [first, second] = &fixture.clerk_users;
        let mut known = Vec::new();
        let mut new = Vec::new();
        let count = (MESSAGES * NEW_IN_A_MESSAGE) as usize / signers.len();
        for signer in signers {
            for (size, person) in [(Size::Small, first), (Size::Large, second)] {
                known.extend(signer.tokens(size, person, 2)?);
            }
            new.push(signer.tokens(Size::Small, first, count)?);
        }
        Ok(Self {
            person: first,
            refused: refused(&signers[0], &known[0], first)?,
            known,
            // Of each issuer in turn.
            new: (0..count)
                .flat_map(|serial| new.iter().map(move |tokens| tokens[serial].clone()))
                .collect(),
        })
    }
}

/// What each of the checks refuses.
fn refused(signer: &Signer, token: &str, person: &Person) -> Result<Vec<String>> {
    let claims =
        |issuer: &str| claims::of_token(Size::Small, issuer, &person.subject, &person.organization, 0);
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

fn after_requests(fixture: &Fixture, options: &Options, tokens: &Tokens<'_>) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    session.client().batch_execute(FUNCTIONS)?;
    let process = session.process();
    let messages: Vec<String> = (0..MESSAGES)
        .map(|number| message(tokens, number as usize))
        .collect();
    let mut table = memory::table("Memory of a backend that authenticates", "requests");
    let count = options.memory_requests.div_ceil(REQUESTS_IN_A_MESSAGE);
    memory::read_often(&mut table, process, count, REQUESTS_IN_A_MESSAGE, |number| {
        let message = &messages[(number % MESSAGES) as usize];
        match session.client().batch_execute(message) {
            Err(error) if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Err("a token was accepted that should be refused".into()),
        }
    })?;
    check(&mut session, tokens)?;
    table.note(format!(
        "Of ten requests four have a new token, five a known one, of which one also tries two that are \
         refused, and one a token that is refused and ends it; the issuers change once in {} requests.",
        MESSAGES * REQUESTS_IN_A_MESSAGE
    ));
    table.print();
    Ok(())
}

fn message(tokens: &Tokens, number: usize) -> String {
    let pick = |tokens: &[String], place: usize| tokens[place % tokens.len()].clone();
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
    // Two further on is another's: right in itself, refused in this transaction.
    let (known, others) = (pick(&tokens.known, number), pick(&tokens.known, number + 2));
    message.push_str(&format!(
        "begin; execute authenticate('{known}'); execute refused('{caught}'); execute refused('{others}'); \
         execute readers; commit; begin; execute authenticate('{last}');"
    ));
    message
}

fn after_cancellations(fixture: &Fixture, options: &Options, tokens: &Tokens) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    session.client().batch_execute(FUNCTIONS)?;
    session
        .client()
        .batch_execute("create temporary table tokens (token text)")?;
    // Of one issuer, for a transaction is one subject's.
    let of_one: Vec<&String> = tokens.new.iter().step_by(ALGORITHMS.len()).collect();
    session
        .client()
        .execute("insert into tokens select unnest($1::text[])", &[&of_one])?;
    let process = session.process();
    let mut cancelled = 0;
    let mut table = memory::table(
        "Memory of a backend whose statements are cancelled",
        "cancellations",
    );
    memory::read_often(&mut table, process, options.cancels, 1, |number| {
        let timeout = 1 + number % 3;
        let function = ["clerk_rls.authenticate", "bench_memory.again"][(number / 3 % 2) as usize];
        // More tokens than any of the timeouts leaves time for.
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
        return Err("no statement was cancelled: this would measure something else".into());
    }
    check(&mut session, tokens)?;
    table.note(format!(
        "{cancelled} of {} statements were cancelled after 1 to 3 ms, half of them while each token \
         asked for its issuer anew.",
        options.cancels
    ));
    table.print();
    Ok(())
}

/// After all that, the backend still tells who is who.
fn check(session: &mut Session, tokens: &Tokens) -> Result<()> {
    session.client().batch_execute("rollback")?;
    for token in tokens.new.iter().take(ALGORITHMS.len()) {
        let mut transaction = session.client().transaction()?;
        transaction.execute("select clerk_rls.authenticate($1)", &[token])?;
        let seen: Option<String> = transaction.query_one("select requesting_user_id()", &[])?.get(0);
        transaction.commit()?;
        if seen.as_deref() != Some(tokens.person.subject.as_str()) {
            return Err(format!("authenticated {seen:?} instead of {}", tokens.person.subject).into());
        }
    }
    for token in &tokens.refused {
        session
            .client()
            .execute("select bench_memory.refused($1)", &[token])?;
    }
    Ok(())
}
