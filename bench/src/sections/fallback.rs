//! The scan where another module owns `request.jwt.claims` (as pg_session_jwt
//! does) and the reader must compare the setting's bytes at each call.
//!
//! The test module `request_claims_owner` plays the other owner. It has to define
//! the setting before clerk_rls is loaded, hence session_preload_libraries.

use crate::arms::{self, CONSTANT_UUID, NATIVE, NATIVE_SELECT};
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan};
use crate::Result;

use super::seq::measure_scan;

const OWNER: &str = "request_claims_owner";

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let settings = format!("{} -c session_preload_libraries={OWNER}", super::SCAN_SETTINGS);
    let mut session = match fixture.session(&settings) {
        Ok(session) => session,
        Err(error) => {
            let reason = crate::with_causes(error.as_ref());
            println!("Fallback: skipped, no session with the module {OWNER}: {reason}\n");
            return Ok(());
        }
    };
    // The guides' arms cost the same as without the other owner.
    let arms = &fixture.owner_arms[..CONSTANT_UUID];
    let arms = &arms[..=NATIVE_SELECT];
    for size in Size::BOTH {
        let plan = Plan::every_round(options.rounds, arms.len());
        let measurements = rounds::interleave(arms, &plan, |_, arm| {
            measure_scan(&mut session, fixture, arm, size)
        })?;
        let comparisons = arms::against_constants(arms, |arm| (arm == NATIVE).then_some(Target::AtMost(2.5)));
        Table::of_ratios(
            format!(
                "Sequential scan, another module owns `request.jwt.claims`, {}",
                size.label()
            ),
            "CPU ms, median / minimum",
            1.0,
            &comparisons,
            &measurements,
        )
        .print();
    }
    Ok(())
}
