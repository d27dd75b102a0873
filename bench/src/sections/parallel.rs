//! The scan with parallel workers. A reader that is not PARALLEL SAFE would keep the whole query in one
//! process, and a reader that finds no claims in a worker would lose the worker's rows.
//!
//! The unit is elapsed time, because the CPU time of a worker cannot be read after the worker has ended.

use std::time::Instant;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::policies::{CONSTANT_UUID, NATIVE};
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Measurement, Schedule};

use super::scan::SCAN;

const SETTINGS: &str = "-c jit=off -c max_parallel_workers_per_gather=2 \
    -c min_parallel_table_scan_size=0 -c parallel_setup_cost=0 -c parallel_tuple_cost=0 \
    -c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(SETTINGS)?;
    let cases = &fixture.owner_cases[..CONSTANT_UUID];
    let mut gathers = Vec::new();
    for case in cases {
        let claims = fixture.user(case).claims(ClaimsSize::Small);
        let plan = session.plan(case.role, &claims, SCAN)?;
        gathers.push(plan.contains("Gather"));
    }
    let schedule = Schedule::every_round(options.rounds, cases.len());
    let measurements = rounds::interleave(cases, &schedule, |_, case| {
        let claims = fixture.user(case).claims(ClaimsSize::Small);
        let begin = Instant::now();
        let rows = session.request(case.role, &claims, |transaction| {
            Ok(transaction.query_one(SCAN, &[])?.get(0))
        })?;
        Ok(Measurement {
            cost: begin.elapsed(),
            rows,
        })
    })?;
    let rows = RatioRow::against_baselines(cases, |case| (case == NATIVE).then_some(Target::AtMost(1.10)));
    let mut table = Table::of_ratios(
        format!("Parallel sequential scan, {}", ClaimsSize::Small.label()),
        "elapsed ms, median / minimum",
        1.0,
        &rows,
        &measurements,
    );
    for (case, gathers) in cases.iter().zip(&gathers) {
        table.note(format!(
            "- {}: {}",
            case.label,
            if *gathers {
                "the plan has a Gather node"
            } else {
                "the plan has no Gather node"
            }
        ));
    }
    table.note(format!(
        "Target: a Gather node for `requesting_user_id()`: {}.",
        if gathers[NATIVE] { "ok" } else { "missing" }
    ));
    table.print();
    Ok(())
}
