//! The scan while another module owns `request.jwt.claims`, as pg_session_jwt does. The reader must then
//! compare the value of the setting at each call.
//!
//! The test module `request_claims_owner` is the other owner. session_preload_libraries loads it, because it
//! must define the setting before clerk_rls is loaded.

use crate::claims::ClaimsSize;
use crate::error::{with_causes, Result};
use crate::fixture::Fixture;
use crate::options::Options;
use crate::policies::{NATIVE, NATIVE_SELECT};
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Schedule};

use super::scan::measure_scan;
use super::session_settings::SCAN_SETTINGS;

const OWNER: &str = "request_claims_owner";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let settings = format!("{} -c session_preload_libraries={OWNER}", SCAN_SETTINGS);
    let mut session = match fixture.session(&settings) {
        Ok(session) => session,
        Err(error) => {
            let reason = with_causes(error.as_ref());
            println!("fallback: skipped, because a session cannot load the module {OWNER}: {reason}\n");
            return Ok(());
        }
    };
    // The guides' functions cost the same with and without the other owner.
    let cases = &fixture.owner_cases[..=NATIVE_SELECT];
    for size in ClaimsSize::BOTH {
        let schedule = Schedule::every_round(options.rounds, cases.len());
        let measurements = rounds::interleave(cases, &schedule, |_, case| {
            measure_scan(&mut session, fixture, case, size)
        })?;
        let rows = RatioRow::against_baselines(cases, |case| (case == NATIVE).then_some(Target::AtMost(2.5)));
        Table::of_ratios(
            format!(
                "Sequential scan, another module owns `request.jwt.claims`, {}",
                size.label()
            ),
            "CPU ms, median / minimum",
            1.0,
            &rows,
            &measurements,
        )
        .print();
    }
    Ok(())
}
