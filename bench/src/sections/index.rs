//! Many small requests that find their rows by the owner's index: the cost per
//! request, with the prelude that PostgREST sends.

use postgres::Statement;

use crate::arms::{self, Arm, CONSTANT, NATIVE, NATIVE_UUID};
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan, Unit};
use crate::session::Session;
use crate::Result;

const LOOK_UP: &str = "select * from documents";

/// Requests come in bursts of which every arm has its turn: the shorter a turn, the
/// less a disturbance of the machine falls on one arm alone.
const TURNS_IN_A_ROUND: u32 = 10;

/// Whose requests follow each other in one backend.
#[derive(Clone, Copy)]
enum Callers {
    OneUser,
    AnotherEachRequest,
}

impl Callers {
    fn label(self) -> &'static str {
        match self {
            Self::OneUser => "the same user",
            Self::AnotherEachRequest => "another user each request",
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
    let arms = &fixture.owner_arms;
    for callers in [Callers::OneUser, Callers::AnotherEachRequest] {
        for size in Size::BOTH {
            measure(&mut session, fixture, options, arms, callers, size)?;
        }
    }
    Ok(())
}

fn measure(
    session: &mut Session,
    fixture: &Fixture,
    options: &Options,
    arms: &[Arm],
    callers: Callers,
    size: Size,
) -> Result<()> {
    // One statement for each arm: a statement that changes roles is planned anew.
    let statements = arms
        .iter()
        .map(|_| session.prepare(LOOK_UP))
        .collect::<Result<Vec<_>>>()?;
    let burst = options.requests.div_ceil(TURNS_IN_A_ROUND).next_multiple_of(2);
    let plan = Plan {
        rounds: options.rounds * TURNS_IN_A_ROUND as usize,
        slow_rounds: options.slow_rounds * TURNS_IN_A_ROUND as usize,
        slow: arms
            .iter()
            .map(|arm| size == Size::Large && arm.parses_per_row)
            .collect(),
    };
    let measurements = rounds::interleave(arms, &plan, |position, arm| {
        let statement = &statements[position];
        let persons = fixture.persons(arm).each_ref();
        let claims = persons.map(|person| person.claims(size));
        let callers = match callers {
            Callers::OneUser => [&claims[0], &claims[0]],
            Callers::AnotherEachRequest => [&claims[0], &claims[1]],
        };
        let (cost, rows) =
            session.cpu_time(|session| requests(session, arm.role, callers, statement, burst))?;
        Ok(Unit { cost, rows })
    })?;
    let limit = match size {
        Size::Small => 1.05,
        Size::Large => 1.10,
    };
    let comparisons = arms::against_constants(arms, |arm| {
        matches!(arm, NATIVE | NATIVE_UUID).then_some(Target::AtMost(limit))
    });
    let mut table = Table::of_ratios(
        format!("Index look-up, prepared, {}, {}", callers.label(), size.label()),
        "CPU µs a request, median / minimum",
        f64::from(burst) / 1e3,
        &comparisons,
        &measurements,
    );
    if let Some(note) = differing_plans(session, fixture, arms, size)? {
        table.note(note);
    }
    table.print();
    Ok(())
}

fn requests(
    session: &mut Session,
    role: &str,
    callers: [&String; 2],
    statement: &Statement,
    count: u32,
) -> Result<i64> {
    let mut rows = 0;
    for request in 0..count {
        let claims = callers[(request % 2) as usize];
        rows += session.request(role, claims, |transaction| {
            Ok(transaction.query(statement, &[])?.len())
        })?;
    }
    Ok(i64::try_from(rows)?)
}

/// A ratio between two different plans says little about the function in them.
fn differing_plans(
    session: &mut Session,
    fixture: &Fixture,
    arms: &[Arm],
    size: Size,
) -> Result<Option<String>> {
    let mut scans = Vec::new();
    for arm in arms {
        let claims = fixture.person(arm).claims(size);
        let plan = session.plan(arm.role, &claims, LOOK_UP)?;
        let scan = plan.lines().next().unwrap_or_default().trim().to_owned();
        let scan = match scan.split_once(" on ") {
            Some((node, _)) => node.split(" using ").next().unwrap_or(node).to_owned(),
            None => scan,
        };
        scans.push(scan);
    }
    let differing: Vec<String> = arms
        .iter()
        .enumerate()
        .filter(|(position, arm)| scans[*position] != scans[arm.base])
        .map(|(position, arm)| format!("{}: {}", arm.label, scans[position]))
        .collect();
    Ok((!differing.is_empty()).then(|| {
        format!(
            "Plans that differ from the constant's ({}): {}.",
            scans[CONSTANT],
            differing.join("; ")
        )
    }))
}
