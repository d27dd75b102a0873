//! What a change of claims costs: the first reader after it parses the new ones.
//!
//! Changes happen inside one statement, so that the round trips of real requests
//! do not drown them. The same statement without a reader is subtracted.

use postgres::types::ToSql;

use crate::claims::{self, Size};
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Contestant, Measurements, Net, Plan, Unit};
use crate::session::Session;
use crate::Result;

const ROLE: &str = "bench_constant";

/// OFFSET 0 keeps the subquery apart, and set_config() is volatile: it runs for
/// each row before the outer query looks at it. Counting the first user's turns
/// proves it.
///
/// $1 is the number of changes, $2 the first user, $3 and $4 the second and the
/// first user's claims, $5 the organization.
const CHANGES: &str = "(select set_config('request.jwt.claims', \
    case when n % 2 = 0 then $3 else $4 end, true) as setting \
    from generate_series(1, $1::int) n offset 0) change";

/// A call without a change is too short to be told from noise by as few of them.
const CALLS_PER_CHANGE: i32 = 50;

struct Statement {
    label: &'static str,
    sql: String,
    base: usize,
}

impl Contestant for Statement {
    fn label(&self) -> &str {
        self.label
    }

    fn base(&self) -> usize {
        self.base
    }
}

const CHANGE_ALONE: usize = 0;
const CHANGE_AND_READ: usize = 1;
const CHANGE_AND_READ_MORE: usize = 2;
const LOOP_ALONE: usize = 3;
const READ_UNCHANGED: usize = 4;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut table = Table::new(
        "Change of claims",
        &["what", "CPU µs each, median / minimum", "target", "verdict"],
    );
    for size in Size::BOTH {
        let mut session = fixture.session(super::SCAN_SETTINGS)?;
        let measurements = measure(&mut session, fixture, options, size)?;
        let limit = match size {
            Size::Small => 2.0,
            Size::Large => 12.0,
        };
        for (label, arm, base, target) in [
            (
                "refresh by `requesting_user_id()`",
                CHANGE_AND_READ,
                CHANGE_ALONE,
                Some(Target::AtMost(limit)),
            ),
            (
                "refresh by user, organization and a permission",
                CHANGE_AND_READ_MORE,
                CHANGE_ALONE,
                None,
            ),
        ] {
            let per_change = measurements.difference(arm, base).per(options.changes as usize);
            table.value(format!("{label}, {}", size.label()), per_change, target);
        }
        let setting = measurements.net(Net {
            arm: CHANGE_ALONE,
            less: None,
        });
        table.value(
            format!("`set_config()` itself, {}", size.label()),
            setting.per(options.changes as usize),
            None,
        );
        table.value(
            format!("call without a change, with its comparison, {}", size.label()),
            measurements
                .difference(READ_UNCHANGED, LOOP_ALONE)
                .per(options.changes as usize * CALLS_PER_CHANGE as usize),
            None,
        );
        let kept = memory_kept(fixture, options, size)?;
        table.note(format!(
            "{} changes in one transaction, {}: {kept} KiB of backend memory more at its end.",
            options.changes,
            size.label(),
        ));
    }
    table.print();
    Ok(())
}

fn measure(session: &mut Session, fixture: &Fixture, options: &Options, size: Size) -> Result<Measurements> {
    let [first, second] = &fixture.clerk_users;
    let claims = [first.claims(size), second.claims(size)];
    let changes = i32::try_from(options.changes)?;
    let statements = statements();
    let plan = Plan::every_round(options.rounds, statements.len());
    let parameters: [&(dyn ToSql + Sync); 5] = [
        &changes,
        &first.subject,
        &claims[1],
        &claims[0],
        &first.organization,
    ];
    rounds::interleave(&statements, &plan, |_, statement| {
        let prepared = session.prepare(&statement.sql)?;
        let parameters = &parameters[..prepared.params().len()];
        let (cost, rows) = session.cpu_time(|session| {
            session.request(ROLE, &claims[0], |transaction| {
                Ok(transaction.query_one(&prepared, parameters)?.get(0))
            })
        })?;
        Ok(Unit { cost, rows })
    })
}

/// In the order of the constants above.
fn statements() -> Vec<Statement> {
    let counted = |label, base, condition: &str, source: &str| Statement {
        label,
        sql: format!("select count(*) filter (where {condition}) from {source}"),
        base,
    };
    let permission = claims::GRANTED_PERMISSION;
    let numbers = format!("generate_series(1, $1::int * {CALLS_PER_CHANGE}) n");
    vec![
        Statement {
            label: "change alone",
            // Half of the changes are the first user's: what the readers must count.
            sql: format!("select count(*) filter (where setting <> $2) / 2 from {CHANGES}"),
            base: CHANGE_ALONE,
        },
        counted(
            "change and read",
            CHANGE_ALONE,
            "setting <> $2 and requesting_user_id() = $2",
            CHANGES,
        ),
        counted(
            "change and read more",
            CHANGE_ALONE,
            &format!(
                "setting <> $2 and requesting_user_has(permission => '{permission}') \
                 and requesting_org_id() = $5 and requesting_user_id() = $2"
            ),
            CHANGES,
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

/// Values that a change retires live until the end of the transaction: what does
/// a transaction pay that changes its claims often?
fn memory_kept(fixture: &Fixture, options: &Options, size: Size) -> Result<i64> {
    let mut session = fixture.session(super::SCAN_SETTINGS)?;
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
