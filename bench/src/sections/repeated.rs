//! The same token again, as when a pooled connection serves several requests of a session. The backend
//! verifies the token once, and looks it up from then on.

use clerk_rls_core::token::Algorithm;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Case, Measurement, NetCost, Schedule};
use crate::session::Session;
use crate::signer::Signer;

use super::session_settings::TOKEN_SETTINGS;
use super::token_statements::{in_transactions, TURNS_IN_A_ROUND};

/// Microseconds over an empty function.
const LIMIT: f64 = 5.0;

/// Several transactions in one message, because round trips would cost more than the transactions.
const TRANSACTIONS: usize = 200;

/// The functions that are called: `authenticate()` and an almost empty one. `pg_column_size()` reads only the
/// header of its argument, and is STABLE, so PostgreSQL calls it each time.
const FUNCTIONS: [(&str, &str); 2] = [
    ("empty", "pg_column_size"),
    ("authenticate", "clerk_rls.authenticate"),
];

struct RepeatedTokenCase {
    label: &'static str,
    baseline: usize,
    repetition: Repetition,
}

#[derive(Clone, Copy)]
enum Repetition {
    /// The same token many times in one statement.
    OneStatement,
    /// A transaction for each token; the tokens are those of `users` users in turn.
    Transactions { users: usize },
}

impl Case for RepeatedTokenCase {
    fn label(&self) -> &str {
        self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

const REPETITIONS: [(&str, Repetition); 3] = [
    ("in one statement", Repetition::OneStatement),
    ("a transaction each", Repetition::Transactions { users: 1 }),
    (
        "a transaction each, users alternate",
        Repetition::Transactions { users: 2 },
    ),
];

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(TOKEN_SETTINGS)?;
    let signer = Signer::new("https://repeated.bench", Algorithm::RS256)?;
    signer.register(session.client(), "")?;
    let mut table = Table::new(
        "The same token again",
        &[
            "repetition",
            "CPU µs over an empty function, median / minimum",
            "target",
            "verdict",
        ],
    );
    for size in ClaimsSize::BOTH {
        measure(&mut session, fixture, options, &signer, size, &mut table)?;
    }
    table.print();
    Ok(())
}

fn measure(
    session: &mut Session,
    fixture: &Fixture,
    options: &Options,
    signer: &Signer,
    size: ClaimsSize,
    table: &mut Table,
) -> Result<()> {
    session.client().batch_execute("deallocate all")?;
    // The results of both functions are checked: the size of the token, or the user.
    let mut expected = [Vec::new(), Vec::new()];
    let mut statements = Vec::new();
    for (number, user) in fixture.clerk_users.iter().enumerate() {
        let token = signer.tokens(size, user, 1)?.concat();
        expected[0].push((token.len() + 4).to_string());
        expected[1].push(user.subject.clone());
        for (name, function) in FUNCTIONS {
            session.client().batch_execute(&format!(
                "prepare {name}_{number} as select {function}('{token}'::text)::text"
            ))?;
            if number == 0 {
                statements.push(session.prepare(&format!(
                    "select count(*) filter (where {function}('{token}'::text)::text = $1) \
                     from generate_series(1, $2)"
                ))?);
            }
        }
    }
    let cases: Vec<RepeatedTokenCase> = REPETITIONS
        .iter()
        .enumerate()
        .flat_map(|(position, (label, repetition))| {
            FUNCTIONS.map(|_| RepeatedTokenCase {
                label,
                baseline: 2 * position,
                repetition: *repetition,
            })
        })
        .collect();
    let schedule = Schedule::every_round(options.rounds * TURNS_IN_A_ROUND, cases.len());
    let count = i32::try_from(options.tokens)?;
    let measurements = rounds::interleave(&cases, &schedule, |position, case| {
        let function = position % FUNCTIONS.len();
        match case.repetition {
            Repetition::OneStatement => {
                let (cost, rows) = session.cpu_time(|session| {
                    let mut transaction = session.client().transaction()?;
                    let row =
                        transaction.query_one(&statements[function], &[&expected[function][0], &count])?;
                    transaction.commit()?;
                    Ok(row.get(0))
                })?;
                Ok(Measurement { cost, rows })
            }
            Repetition::Transactions { users } => {
                let (name, _) = FUNCTIONS[function];
                let message: String = (0..TRANSACTIONS)
                    .map(|turn| format!("begin; execute {name}_{}; commit;", turn % users))
                    .collect();
                in_transactions(session, &message, |turn| expected[function][turn % users].clone())
            }
        }
    })?;
    for (position, (label, repetition)) in REPETITIONS.iter().enumerate() {
        let net = NetCost {
            case: 2 * position + 1,
            minus: Some(2 * position),
        };
        let count = match repetition {
            Repetition::OneStatement => options.tokens,
            Repetition::Transactions { .. } => TRANSACTIONS,
        };
        // The target is for tokens of the usual size, not for those that hardly fit into a cookie.
        let target = (size == ClaimsSize::Small).then_some(Target::AtMost(LIMIT));
        table.value(
            format!("{label}, {}", size.label()),
            measurements.net(net).per(count),
            target,
        );
    }
    Ok(())
}
