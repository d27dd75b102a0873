//! Statements that authenticate many tokens, so that round trips hide nothing.

use postgres::{SimpleQueryMessage, Statement};

use crate::error::Result;
use crate::rounds::Measurement;
use crate::session::Session;
use crate::users::User;

/// These statements are short, so each round can have several turns.
pub const TURNS_IN_A_ROUND: usize = 5;

/// $1: the tokens, $2: the user that they name. The count proves that each token signed this user in.
pub const AUTHENTICATE: &str =
    "select count(*) filter (where clerk_rls.authenticate(token) = $2) from unnest($1::text[]) token";
/// The same with a function that does nothing: the length in bytes is in the header of the datum.
pub const EMPTY: &str =
    "select count(*) filter (where octet_length(token) > octet_length($2::text)) from unnest($1::text[]) token";

/// Passes all tokens to one statement, in a transaction.
pub fn in_one_statement(
    session: &mut Session,
    statement: &Statement,
    tokens: &[String],
    user: &User,
) -> Result<Measurement> {
    let (cost, rows) = session.cpu_time(|session| {
        let mut transaction = session.client().transaction()?;
        let rows = transaction
            .query_one(statement, &[&tokens, &user.subject])?
            .get(0);
        transaction.commit()?;
        Ok(rows)
    })?;
    Ok(Measurement { cost, rows })
}

/// Sends a message of many transactions, and counts those with the expected result.
pub fn in_transactions(
    session: &mut Session,
    message: &str,
    expected: impl Fn(usize) -> String,
) -> Result<Measurement> {
    let (cost, results) = session.cpu_time(|session| Ok(session.client().simple_query(message)?))?;
    let rows = results
        .iter()
        .filter_map(|result| match result {
            SimpleQueryMessage::Row(row) => Some(row.get(0)),
            _ => None,
        })
        .enumerate()
        .filter(|(turn, result)| *result == Some(expected(*turn).as_str()))
        .count();
    Ok(Measurement {
        cost,
        rows: i64::try_from(rows)?,
    })
}
