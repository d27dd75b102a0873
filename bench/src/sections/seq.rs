//! One scan of the whole table under a policy: the reader's cost per row.

use crate::arms::{self, Arm, Comparison, GUIDE, NATIVE, NATIVE_SELECT, NATIVE_UUID};
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan, Unit};
use crate::session::Session;
use crate::Result;

pub const SCAN: &str = "select count(*) from documents";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(super::SCAN_SETTINGS)?;
    let arms = &fixture.owner_arms;
    for size in Size::BOTH {
        let slow = arms
            .iter()
            .map(|arm| size == Size::Large && arm.parses_per_row)
            .collect();
        let plan = Plan {
            rounds: options.rounds,
            slow_rounds: options.slow_rounds,
            slow,
        };
        let measurements = rounds::interleave(arms, &plan, |_, arm| {
            measure_scan(&mut session, fixture, arm, size)
        })?;
        let (limit, faster) = match size {
            Size::Small => (1.10, 30.0),
            Size::Large => (1.15, 500.0),
        };
        let mut comparisons = arms::against_constants(arms, |arm| {
            matches!(arm, NATIVE | NATIVE_UUID).then_some(Target::AtMost(limit))
        });
        comparisons.push(Comparison {
            label: "plain call against its `(select …)` form".into(),
            arm: NATIVE,
            base: NATIVE_SELECT,
            target: Some(Target::AtMost(1.05)),
        });
        comparisons.push(Comparison {
            label: "the guides' function against ours".into(),
            arm: GUIDE,
            base: NATIVE,
            target: Some(Target::AtLeast(faster)),
        });
        Table::of_ratios(
            format!("Sequential scan, {}", size.label()),
            "CPU ms, median / minimum",
            1.0,
            &comparisons,
            &measurements,
        )
        .print();
    }
    Ok(())
}

/// One request that counts what the arm's policy lets through.
pub fn measure_scan(session: &mut Session, fixture: &Fixture, arm: &Arm, size: Size) -> Result<Unit> {
    let claims = fixture.person(arm).claims(size);
    let (cost, rows) = session.cpu_time(|session| {
        session.request(arm.role, &claims, |transaction| {
            Ok(transaction.query_one(SCAN, &[])?.get(0))
        })
    })?;
    Ok(Unit { cost, rows })
}
