//! The same token again, as a pooled connection sees it with each request of a session: verified
//! once in a backend, looked up from then on.

use clerk_rls_core::token::Algorithm;
use postgres::SimpleQueryMessage;

use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Contestant, Net, Plan, Unit};
use crate::session::Session;
use crate::signer::Signer;
use crate::Result;

use super::authenticate::TURNS_IN_A_ROUND;

/// Microseconds over an empty function.
const LIMIT: f64 = 5.0;

/// Transactions in one message: round trips would cost more than what is measured.
const TRANSACTIONS: usize = 200;

/// What is called. `pg_column_size()` looks at the header of its argument and is STABLE, so that it
/// is called each time.
const FUNCTIONS: [(&str, &str); 2] = [
    ("empty", "pg_column_size"),
    ("authenticate", "clerk_rls.authenticate"),
];

struct Arm {
    label: &'static str,
    base: usize,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    /// One token over and over in one statement.
    Statement,
    /// A transaction for each, with the tokens of so many users in turn.
    Transactions { users: usize },
}

impl Contestant for Arm {
    fn label(&self) -> &str {
        self.label
    }

    fn base(&self) -> usize {
        self.base
    }
}

const WAYS: [(&str, Way); 3] = [
    ("in one statement", Way::Statement),
    ("a transaction each", Way::Transactions { users: 1 }),
    (
        "a transaction each, another user than before",
        Way::Transactions { users: 2 },
    ),
];

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(super::TOKEN_SETTINGS)?;
    let signer = Signer::new("https://repeated.bench", Algorithm::RS256)?;
    signer.register(session.client(), "")?;
    let mut table = Table::new(
        "The same token again",
        &[
            "what",
            "CPU µs over an empty function, median / minimum",
            "target",
            "verdict",
        ],
    );
    for size in Size::BOTH {
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
    size: Size,
    table: &mut Table,
) -> Result<()> {
    session.client().batch_execute("deallocate all")?;
    // What an empty function answers is checked with the same rigour as who was signed in.
    let mut answers = [Vec::new(), Vec::new()];
    let mut statements = Vec::new();
    for (user, person) in fixture.clerk_users.iter().enumerate() {
        let token = signer.tokens(size, person, 1)?.concat();
        answers[0].push((token.len() + 4).to_string());
        answers[1].push(person.subject.clone());
        for (name, function) in FUNCTIONS {
            session.client().batch_execute(&format!(
                "prepare {name}_{user} as select {function}('{token}'::text)::text"
            ))?;
            if user == 0 {
                statements.push(session.prepare(&format!(
                    "select count(*) filter (where {function}('{token}'::text)::text = $1) \
                     from generate_series(1, $2)"
                ))?);
            }
        }
    }
    let arms: Vec<Arm> = WAYS
        .iter()
        .enumerate()
        .flat_map(|(way, (label, kind))| {
            FUNCTIONS.map(|_| Arm {
                label,
                base: 2 * way,
                way: *kind,
            })
        })
        .collect();
    let plan = Plan::every_round(options.rounds * TURNS_IN_A_ROUND, arms.len());
    let count = i32::try_from(options.tokens)?;
    let measurements = rounds::interleave(&arms, &plan, |position, arm| {
        let which = position % FUNCTIONS.len();
        match arm.way {
            Way::Statement => {
                let (cost, rows) = session.cpu_time(|session| {
                    let mut transaction = session.client().transaction()?;
                    let row = transaction.query_one(&statements[which], &[&answers[which][0], &count])?;
                    transaction.commit()?;
                    Ok(row.get(0))
                })?;
                Ok(Unit { cost, rows })
            }
            Way::Transactions { users } => {
                let (function, _) = FUNCTIONS[which];
                let message: String = (0..TRANSACTIONS)
                    .map(|turn| format!("begin; execute {function}_{}; commit;", turn % users))
                    .collect();
                in_transactions(session, &message, |turn| answers[which][turn % users].clone())
            }
        }
    })?;
    for (way, (label, kind)) in WAYS.iter().enumerate() {
        let net = Net {
            arm: 2 * way + 1,
            less: Some(2 * way),
        };
        let count = match kind {
            Way::Statement => options.tokens,
            Way::Transactions { .. } => TRANSACTIONS,
        };
        // The target speaks of tokens as they are, not of those that hardly fit into a cookie.
        let target = (size == Size::Small).then_some(Target::AtMost(LIMIT));
        table.value(
            format!("{label}, {}", size.label()),
            measurements.net(net).per(count),
            target,
        );
    }
    Ok(())
}

/// Sends a message of many transactions and counts those that answered as they should.
pub fn in_transactions(
    session: &mut Session,
    message: &str,
    expected: impl Fn(usize) -> String,
) -> Result<Unit> {
    let (cost, answers) = session.cpu_time(|session| Ok(session.client().simple_query(message)?))?;
    let rows = answers
        .iter()
        .filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row.get(0)),
            _ => None,
        })
        .enumerate()
        .filter(|(turn, answer)| *answer == Some(expected(*turn).as_str()))
        .count();
    Ok(Unit {
        cost,
        rows: i64::try_from(rows)?,
    })
}
