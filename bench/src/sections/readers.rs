//! The other readers, once a row, against constants of the same shape.

use crate::arms;
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan};
use crate::Result;

use super::seq::measure_scan;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(super::SCAN_SETTINGS)?;
    let arms = &fixture.reader_arms;
    for size in Size::BOTH {
        let plan = Plan::every_round(options.rounds, arms.len());
        let measurements = rounds::interleave(arms, &plan, |_, arm| {
            measure_scan(&mut session, fixture, arm, size)
        })?;
        let comparisons = arms::against_constants(arms, |arm| {
            (arms[arm].base != arm).then_some(Target::AtMost(1.15))
        });
        Table::of_ratios(
            format!("Readers in a sequential scan, {}", size.label()),
            "CPU ms, median / minimum",
            1.0,
            &comparisons,
            &measurements,
        )
        .print();
    }
    Ok(())
}
