//! The cost of a change of the claims: the first reader after the change parses the new claims.
//!
//! The changes happen inside one statement, so that round trips do not hide their cost. The cost of the same
//! statement without a reader is subtracted.

use postgres::types::ToSql;

use crate::claims::{ClaimsSize, GRANTED_PERMISSION};
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Case, Measurement, Measurements, NetCost, Schedule};
use crate::session::Session;

use super::session_settings::SCAN_SETTINGS;

const ROLE: &str = "bench_constant";

/// Alternates between the claims of two users. OFFSET 0 keeps the subquery separate, and set_config() is
/// volatile, so set_config() runs for each row before the outer query evaluates the row. The number of rows
/// in which the reader returns the first user proves this.
///
/// $1: number of changes, $2: first user, $3: claims of the second user, $4: claims of the first user,
/// $5: organization.
pub const CHANGING_CLAIMS: &str = "(select set_config('request.jwt.claims', \
    case when n % 2 = 0 then $3 else $4 end, true) as setting \
    from generate_series(1, $1::int) n offset 0) change";

/// A call without a change is so short that many more calls are needed to measure it.
const CALLS_PER_CHANGE: i32 = 50;

struct ClaimsStatement {
    label: &'static str,
    sql: String,
    baseline: usize,
}

impl Case for ClaimsStatement {
    fn label(&self) -> &str {
        self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

const CHANGE_ALONE: usize = 0;
const CHANGE_AND_READ: usize = 1;
const CHANGE_AND_READ_MORE: usize = 2;
const LOOP_ALONE: usize = 3;
const READ_UNCHANGED: usize = 4;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut table = Table::new(
        "Change of the claims",
        &["operation", "CPU µs each, median / minimum", "target", "verdict"],
    );
    for size in ClaimsSize::BOTH {
        let mut session = fixture.session(SCAN_SETTINGS)?;
        let measurements = measure(&mut session, fixture, options, size)?;
        let limit = match size {
            ClaimsSize::Small => 2.0,
            ClaimsSize::Large => 12.0,
        };
        for (label, case, baseline, target) in [
            (
                "change, then `requesting_user_id()`",
                CHANGE_AND_READ,
                CHANGE_ALONE,
                Some(Target::AtMost(limit)),
            ),
            (
                "change, then readers of user, organization and a permission",
                CHANGE_AND_READ_MORE,
                CHANGE_ALONE,
                None,
            ),
        ] {
            let per_change = measurements
                .difference(case, baseline)
                .per(options.changes as usize);
            table.value(format!("{label}, {}", size.label()), per_change, target);
        }
        let setting = measurements.net(NetCost {
            case: CHANGE_ALONE,
            minus: None,
        });
        table.value(
            format!("the change alone, `set_config()`, {}", size.label()),
            setting.per(options.changes as usize),
            None,
        );
        table.value(
            format!("`requesting_user_id() = …` without a change, {}", size.label()),
            measurements
                .difference(READ_UNCHANGED, LOOP_ALONE)
                .per(options.changes as usize * CALLS_PER_CHANGE as usize),
            None,
        );
        let growth = memory_growth(fixture, options, size)?;
        table.note(format!(
            "After {} changes in one transaction, {}, the backend uses {growth} KiB more memory.",
            options.changes,
            size.label(),
        ));
    }
    table.print();
    Ok(())
}

fn measure(
    session: &mut Session,
    fixture: &Fixture,
    options: &Options,
    size: ClaimsSize,
) -> Result<Measurements> {
    let [first, second] = &fixture.clerk_users;
    let claims = [first.claims(size), second.claims(size)];
    let changes = i32::try_from(options.changes)?;
    let statements = statements();
    let schedule = Schedule::every_round(options.rounds, statements.len());
    let parameters: [&(dyn ToSql + Sync); 5] = [
        &changes,
        &first.subject,
        &claims[1],
        &claims[0],
        &first.organization,
    ];
    rounds::interleave(&statements, &schedule, |_, statement| {
        let prepared = session.prepare(&statement.sql)?;
        let parameters = &parameters[..prepared.params().len()];
        let (cost, rows) = session.cpu_time(|session| {
            session.request(ROLE, &claims[0], |transaction| {
                Ok(transaction.query_one(&prepared, parameters)?.get(0))
            })
        })?;
        Ok(Measurement { cost, rows })
    })
}

/// In the order of the positions above.
fn statements() -> Vec<ClaimsStatement> {
    let counted = |label, baseline, condition: &str, source: &str| ClaimsStatement {
        label,
        sql: format!("select count(*) filter (where {condition}) from {source}"),
        baseline,
    };
    let numbers = format!("generate_series(1, $1::int * {CALLS_PER_CHANGE}) n");
    vec![
        ClaimsStatement {
            label: "change alone",
            // Half of the changes set the claims of the first user, and the readers must return this user in as many rows.
            sql: format!("select count(*) filter (where setting <> $2) / 2 from {CHANGING_CLAIMS}"),
            baseline: CHANGE_ALONE,
        },
        counted(
            "change and read",
            CHANGE_ALONE,
            "setting <> $2 and requesting_user_id() = $2",
            CHANGING_CLAIMS,
        ),
        counted(
            "change and read more",
            CHANGE_ALONE,
            &format!(
                "setting <> $2 and requesting_user_has(permission => '{GRANTED_PERMISSION}') \
                 and requesting_org_id() = $5 and requesting_user_id() = $2"
            ),
            CHANGING_CLAIMS,
        ),
        counted("loop alone", LOOP_ALONE, "n > 0", &numbers),
        counted(
            "read unchanged",
            LOOP_ALONE,
            "n > 0 and requesting_user_id() = $2",
            &numbers,
        ),
    ]
}

/// KiB of memory that a transaction uses more when it changes the claims often. Values of earlier claims live
/// until the end of the transaction.
fn memory_growth(fixture: &Fixture, options: &Options, size: ClaimsSize) -> Result<i64> {
    let mut session = fixture.session(SCAN_SETTINGS)?;
    let process = session.process();
    let [first, second] = &fixture.clerk_users;
    let claims = [first.claims(size), second.claims(size)];
    let statement = session.prepare(&statements()[CHANGE_AND_READ].sql)?;
    let run = |session: &mut Session, changes: i32| {
        session.request(ROLE, &claims[0], |transaction| {
            transaction.query_one(&statement, &[&changes, &first.subject, &claims[1], &claims[0]])?;
            process.private_memory()
        })
    };
    let before = run(&mut session, 10)?;
    let after = run(&mut session, i32::try_from(options.changes)?)?;
    Ok(i64::try_from(after)? - i64::try_from(before)?)
}
