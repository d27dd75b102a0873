//! HS256 in SQL with pgcrypto, compared with `authenticate()`.
//!
//! The SQL checks signature and expiry, and reads the subject. Unlike `authenticate()` it does not sign the user in.

use clerk_rls_core::token::Algorithm;

use crate::claims::ClaimsSize;
use crate::error::{with_causes, Result};
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::Table;
use crate::rounds::{self, Case, NetCost, Schedule};
use crate::signer::{Signer, SECRET};

use super::session_settings::TOKEN_SETTINGS;
use super::token_statements::{in_one_statement, AUTHENTICATE, EMPTY, TURNS_IN_A_ROUND};

const SQL: &str = "\
create extension if not exists pgcrypto;
drop schema if exists sql_jwt cascade;
create schema sql_jwt;
create function sql_jwt.decoded(part text) returns bytea language sql immutable strict as
$$ select decode(rpad(translate(part, '-_', '+/'), (length(part) + 3) / 4 * 4, '='), 'base64') $$;
create function sql_jwt.claims(token text, secret text) returns jsonb language sql stable strict as
$$ select convert_from(sql_jwt.decoded(part[2]), 'UTF8')::jsonb
   from string_to_array(token, '.') as part
   where sql_jwt.decoded(part[3]) = hmac(part[1] || '.' || part[2], secret, 'sha256') $$;
create function sql_jwt.subject(token text, secret text) returns text language sql stable strict as
$$ select claims->>'sub' from sql_jwt.claims(token, secret) as claims
   where (claims->>'exp')::numeric > extract(epoch from now()) $$;";

struct PgcryptoCase {
    label: &'static str,
    sql: String,
}

impl Case for PgcryptoCase {
    fn label(&self) -> &str {
        self.label
    }

    fn baseline(&self) -> usize {
        0
    }
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(TOKEN_SETTINGS)?;
    if let Err(error) = session.client().batch_execute(SQL) {
        println!(
            "pgcrypto: skipped, because it cannot be created: {}\n",
            with_causes(&error)
        );
        return Ok(());
    }
    let user = &fixture.clerk_users[0];
    let signer = Signer::new("https://pgcrypto.bench", Algorithm::HS256)?;
    signer.register(session.client(), "")?;
    let tokens = signer.tokens(ClaimsSize::Small, user, options.tokens)?;
    let in_sql = format!(
        "select count(*) filter (where sql_jwt.subject(token, '{SECRET}') = $2) from unnest($1::text[]) token"
    );
    let cases = [
        ("an empty function", EMPTY.to_owned()),
        ("`authenticate()`, a new token", AUTHENTICATE.to_owned()),
        ("SQL with pgcrypto", in_sql),
    ]
    .map(|(label, sql)| PgcryptoCase { label, sql });
    let statements = cases
        .iter()
        .map(|case| session.prepare(&case.sql))
        .collect::<Result<Vec<_>>>()?;
    let schedule = Schedule::every_round(options.rounds * TURNS_IN_A_ROUND, cases.len());
    let measurements = rounds::interleave(&cases, &schedule, |position, _| {
        in_one_statement(&mut session, &statements[position], &tokens, user)
    })?;

    let mut table = Table::new(
        "HS256 in SQL with pgcrypto",
        &[
            "verification",
            "CPU µs over an empty function, median / minimum",
            "ratio, median / minimum",
            "target",
            "verdict",
        ],
    );
    let ours = NetCost {
        case: 1,
        minus: Some(0),
    };
    for (position, case) in cases.iter().enumerate().skip(1) {
        let net = NetCost {
            case: position,
            minus: Some(0),
        };
        table.value_and_ratio(
            case.label,
            measurements.net(net).per(options.tokens),
            (position != ours.case).then(|| measurements.net_ratio(net, ours)),
            None,
        );
    }
    table.print();
    Ok(())
}
