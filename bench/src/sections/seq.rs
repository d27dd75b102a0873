//! A scan of the whole table: the cost of a reader per row.

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::policies::{GUIDE, NATIVE, NATIVE_SELECT, NATIVE_UUID};
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Schedule};

use super::scan::measure_scan;
use super::session_settings::SCAN_SETTINGS;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(SCAN_SETTINGS)?;
    let cases = &fixture.owner_cases;
    for size in ClaimsSize::BOTH {
        let slow = cases
            .iter()
            .map(|case| size == ClaimsSize::Large && case.parses_per_row)
            .collect();
        let schedule = Schedule {
            rounds: options.rounds,
            slow_rounds: options.slow_rounds,
            slow,
        };
        let measurements = rounds::interleave(cases, &schedule, |_, case| {
            measure_scan(&mut session, fixture, case, size)
        })?;
        let (limit, faster) = match size {
            ClaimsSize::Small => (1.10, 30.0),
            ClaimsSize::Large => (1.15, 500.0),
        };
        let mut rows = RatioRow::against_baselines(cases, |case| {
            matches!(case, NATIVE | NATIVE_UUID).then_some(Target::AtMost(limit))
        });
        rows.push(RatioRow {
            label: "`requesting_user_id()`, relative to `(select requesting_user_id())`".into(),
            case: NATIVE,
            baseline: NATIVE_SELECT,
            target: Some(Target::AtMost(1.05)),
        });
        rows.push(RatioRow {
            label: "the guides' SQL function, relative to `requesting_user_id()`".into(),
            case: GUIDE,
            baseline: NATIVE,
            target: Some(Target::AtLeast(faster)),
        });
        Table::of_ratios(
            format!("Sequential scan, {}", size.label()),
            "CPU ms, median / minimum",
            1.0,
            &rows,
            &measurements,
        )
        .print();
    }
    Ok(())
}
