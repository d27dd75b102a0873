//! The scan with parallel workers: a reader that is not PARALLEL SAFE would keep
//! the whole query in one process, and one that forgets the claims in a worker
//! would lose that worker's rows.
//!
//! Elapsed time, because a worker's CPU time is gone with the worker.

use std::time::Instant;

use crate::arms::{self, CONSTANT_UUID, NATIVE};
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan, Unit};
use crate::Result;

use super::seq::SCAN;

const SETTINGS: &str = "-c jit=off -c max_parallel_workers_per_gather=2 \
    -c min_parallel_table_scan_size=0 -c parallel_setup_cost=0 -c parallel_tuple_cost=0 \
    -c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    let arms = &fixture.owner_arms[..CONSTANT_UUID];
    let mut gathers = Vec::new();
    for arm in arms {
        let claims = fixture.person(arm).claims(Size::Small);
        let plan = session.plan(arm.role, &claims, SCAN)?;
        gathers.push(plan.contains("Gather"));
    }
    let plan = Plan::every_round(options.rounds, arms.len());
    let measurements = rounds::interleave(arms, &plan, |_, arm| {
        let claims = fixture.person(arm).claims(Size::Small);
        let begin = Instant::now();
        let rows = session.request(arm.role, &claims, |transaction| {
            Ok(transaction.query_one(SCAN, &[])?.get(0))
        })?;
        Ok(Unit {
            cost: begin.elapsed(),
            rows,
        })
    })?;
    let comparisons = arms::against_constants(arms, |arm| (arm == NATIVE).then_some(Target::AtMost(1.10)));
    let mut table = Table::of_ratios(
        format!("Parallel sequential scan, {}", Size::Small.label()),
        "elapsed ms, median / minimum",
        1.0,
        &comparisons,
        &measurements,
    );
    for (arm, gathers) in arms.iter().zip(&gathers) {
        table.note(format!(
            "- {}: {}",
            arm.label,
            if *gathers {
                "the plan has a Gather"
            } else {
                "no Gather in the plan"
            }
        ));
    }
    table.note(format!(
        "Target: a Gather for `requesting_user_id()`: {}.",
        if gathers[NATIVE] { "ok" } else { "missing" }
    ));
    table.print();
    Ok(())
}
