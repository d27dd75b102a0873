//! The other readers, called once per row and compared with constants of the same type.

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Schedule};

use super::scan::measure_scan;
use super::session_settings::SCAN_SETTINGS;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(SCAN_SETTINGS)?;
    let cases = &fixture.reader_cases;
    for size in ClaimsSize::BOTH {
        let schedule = Schedule::every_round(options.rounds, cases.len());
        let measurements = rounds::interleave(cases, &schedule, |_, case| {
            measure_scan(&mut session, fixture, case, size)
        })?;
        let rows = RatioRow::against_baselines(cases, |case| {
            (cases[case].baseline != case).then_some(Target::AtMost(1.15))
        });
        Table::of_ratios(
            format!("Readers in a sequential scan, {}", size.label()),
            "CPU ms, median / minimum",
            1.0,
            &rows,
            &measurements,
        )
        .print();
    }
    Ok(())
}
