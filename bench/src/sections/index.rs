//! Many small requests that find their rows by an index on the owner column: the cost of a request, including
//! the statement with which PostgREST begins each transaction.

use postgres::Statement;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::policies::{PolicyCase, CONSTANT, NATIVE, NATIVE_UUID};
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Measurement, Schedule};
use crate::session::Session;

const LOOK_UP: &str = "select * from documents";

/// Each case has several short turns in a round, so that a disturbance of the machine rarely affects one case
/// alone.
const TURNS_IN_A_ROUND: u32 = 10;

/// The users of consecutive requests in one backend.
#[derive(Clone, Copy)]
enum UserSequence {
    SameUser,
    AlternatingUsers,
}

impl UserSequence {
    fn label(self) -> &'static str {
        match self {
            Self::SameUser => "the same user",
            Self::AlternatingUsers => "another user for each request",
        }
    }
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    fixture.server.connect("")?.batch_execute(
        "create index if not exists documents_user_id on documents (user_id); \
         create index if not exists documents_owner_uuid on documents (owner_uuid); \
         analyze documents",
    )?;
    let mut session = fixture.session("-c jit=off -c max_parallel_workers_per_gather=0")?;
    let cases = &fixture.owner_cases;
    for sequence in [UserSequence::SameUser, UserSequence::AlternatingUsers] {
        for size in ClaimsSize::BOTH {
            measure(&mut session, fixture, options, cases, sequence, size)?;
        }
    }
    Ok(())
}

fn measure(
    session: &mut Session,
    fixture: &Fixture,
    options: &Options,
    cases: &[PolicyCase],
    sequence: UserSequence,
    size: ClaimsSize,
) -> Result<()> {
    // A statement for each case: PostgreSQL plans a statement again when the role changes.
    let statements = cases
        .iter()
        .map(|_| session.prepare(LOOK_UP))
        .collect::<Result<Vec<_>>>()?;
    let requests_in_a_turn = options.requests.div_ceil(TURNS_IN_A_ROUND).next_multiple_of(2);
    let schedule = Schedule {
        rounds: options.rounds * TURNS_IN_A_ROUND as usize,
        slow_rounds: options.slow_rounds * TURNS_IN_A_ROUND as usize,
        slow: cases
            .iter()
            .map(|case| size == ClaimsSize::Large && case.parses_per_row)
            .collect(),
    };
    let measurements = rounds::interleave(cases, &schedule, |position, case| {
        let statement = &statements[position];
        let claims = fixture.users(case).each_ref().map(|user| user.claims(size));
        let claims = match sequence {
            UserSequence::SameUser => [&claims[0], &claims[0]],
            UserSequence::AlternatingUsers => [&claims[0], &claims[1]],
        };
        let (cost, rows) = session
            .cpu_time(|session| requests(session, case.role, claims, statement, requests_in_a_turn))?;
        Ok(Measurement { cost, rows })
    })?;
    let limit = match size {
        ClaimsSize::Small => 1.05,
        ClaimsSize::Large => 1.10,
    };
    let rows = RatioRow::against_baselines(cases, |case| {
        matches!(case, NATIVE | NATIVE_UUID).then_some(Target::AtMost(limit))
    });
    let mut table = Table::of_ratios(
        format!("Index look-up, prepared, {}, {}", sequence.label(), size.label()),
        "CPU µs per request, median / minimum",
        f64::from(requests_in_a_turn) / 1e3,
        &rows,
        &measurements,
    );
    if let Some(note) = differing_plans(session, fixture, cases, size)? {
        table.note(note);
    }
    table.print();
    Ok(())
}

fn requests(
    session: &mut Session,
    role: &str,
    claims: [&String; 2],
    statement: &Statement,
    count: u32,
) -> Result<i64> {
    let mut rows = 0;
    for request in 0..count {
        let claims = claims[(request % 2) as usize];
        rows += session.request(role, claims, |transaction| {
            Ok(transaction.query(statement, &[])?.len())
        })?;
    }
    Ok(i64::try_from(rows)?)
}

/// A note on the plans that differ: the ratio of two different plans says little about the functions in them.
fn differing_plans(
    session: &mut Session,
    fixture: &Fixture,
    cases: &[PolicyCase],
    size: ClaimsSize,
) -> Result<Option<String>> {
    let mut scans = Vec::new();
    for case in cases {
        let claims = fixture.user(case).claims(size);
        let plan = session.plan(case.role, &claims, LOOK_UP)?;
        let scan = plan.lines().next().unwrap_or_default().trim().to_owned();
        let scan = match scan.split_once(" on ") {
            Some((node, _)) => node.split(" using ").next().unwrap_or(node).to_owned(),
            None => scan,
        };
        scans.push(scan);
    }
    let differing: Vec<String> = cases
        .iter()
        .enumerate()
        .filter(|(position, case)| scans[*position] != scans[case.baseline])
        .map(|(position, case)| format!("{}: {}", case.label, scans[position]))
        .collect();
    Ok((!differing.is_empty()).then(|| {
        format!(
            "Cases whose plan differs from the plan of the constant ({}): {}.",
            scans[CONSTANT],
            differing.join("; ")
        )
    }))
}
