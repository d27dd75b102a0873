//! HS256 in SQL on pgcrypto, as people write it who have nothing else, beside `authenticate()`.
//!
//! The SQL checks signature and expiry and reads the subject. It keeps no identity, which
//! `authenticate()` does.

use clerk_rls_core::token::Algorithm;

use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::Table;
use crate::rounds::{self, Contestant, Net, Plan};
use crate::signer::{Signer, SECRET};
use crate::Result;

use super::authenticate::{in_one_statement, AUTHENTICATE, EMPTY, TURNS_IN_A_ROUND};

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

struct Arm {
    label: &'static str,
    sql: String,
}

impl Contestant for Arm {
    fn label(&self) -> &str {
        self.label
    }

    fn base(&self) -> usize {
        0
    }
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(super::TOKEN_SETTINGS)?;
    if let Err(error) = session.client().batch_execute(SQL) {
        println!("pgcrypto: skipped, {}\n", crate::with_causes(&error));
        return Ok(());
    }
    let person = &fixture.clerk_users[0];
    let signer = Signer::new("https://pgcrypto.bench", Algorithm::HS256)?;
    signer.register(session.client(), "")?;
    let tokens = signer.tokens(Size::Small, person, options.tokens)?;
    let in_sql = format!(
        "select count(*) filter (where sql_jwt.subject(token, '{SECRET}') = $2) from unnest($1::text[]) token"
    );
    let arms = [
        ("an empty function", EMPTY.to_owned()),
        ("`authenticate()`, a new token", AUTHENTICATE.to_owned()),
        ("SQL on pgcrypto", in_sql),
    ]
    .map(|(label, sql)| Arm { label, sql });
    let statements = arms
        .iter()
        .map(|arm| session.prepare(&arm.sql))
        .collect::<Result<Vec<_>>>()?;
    let plan = Plan::every_round(options.rounds * TURNS_IN_A_ROUND, arms.len());
    let measurements = rounds::interleave(&arms, &plan, |position, _| {
        in_one_statement(&mut session, &statements[position], &tokens, person)
    })?;

    let mut table = Table::new(
        "HS256 in SQL",
        &[
            "what",
            "CPU µs over an empty function, median / minimum",
            "ratio, median / minimum",
            "target",
            "verdict",
        ],
    );
    let ours = Net {
        arm: 1,
        less: Some(0),
    };
    for (arm, contestant) in arms.iter().enumerate().skip(1) {
        let net = Net { arm, less: Some(0) };
        table.value_and_ratio(
            contestant.label,
            measurements.net(net).per(options.tokens),
            (arm != ours.arm).then(|| measurements.net_ratio(net, ours)),
            None,
        );
    }
    table.print();
    Ok(())
}
