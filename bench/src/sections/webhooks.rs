//! Whether a webhook costs more when the table of users is large, and how many webhooks a connection receives in
//! a second.
//!
//! Each event is a transaction of its own. Successive events update users in different parts of the table.

use std::time::Instant;

use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{short, Table, Target};
use crate::rounds::{self, Case, Measurement, NetCost, Schedule};

use super::webhook_backend::WebhookBackend;

/// The highest ratio that still counts as independent of the number of users.
const MAX_RATIO: f64 = 1.2;

const FEW_USERS: u32 = 1_000;

struct WebhookCase {
    label: String,
    baseline: usize,
    /// The position of the backend.
    backend: usize,
    clock: Clock,
}

/// How the time of the events is measured.
#[derive(Clone, Copy, PartialEq)]
enum Clock {
    BackendCpu,
    Elapsed,
}

impl Case for WebhookCase {
    fn label(&self) -> &str {
        &self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut backends = Vec::new();
    for users in [FEW_USERS, options.stored] {
        let server = fixture.database(&format!("clerk_rls_bench_{users}_users"))?;
        backends.push(WebhookBackend::new(&server, users)?);
    }
    let mut cases = Vec::new();
    for clock in [Clock::BackendCpu, Clock::Elapsed] {
        let baseline = cases.len();
        for (backend, users) in [FEW_USERS, options.stored].into_iter().enumerate() {
            cases.push(WebhookCase {
                label: format!("{users} users"),
                baseline,
                backend,
                clock,
            });
        }
    }
    let schedule = Schedule::every_round(options.rounds, cases.len());
    let measurements = rounds::interleave(&cases, &schedule, |_, case| {
        let backend = &mut backends[case.backend];
        let events = backend.next_events(options.events)?;
        let begin = Instant::now();
        let (cpu, rows) = backend.receive(&events)?;
        Ok(Measurement {
            cost: match case.clock {
                Clock::BackendCpu => cpu,
                Clock::Elapsed => begin.elapsed(),
            },
            rows,
        })
    })?;

    let mut table = Table::new(
        "Webhooks: `user.updated`",
        &[
            "table of users",
            "CPU µs an event, median / minimum",
            "ratio, median / minimum",
            "target",
            "verdict",
        ],
    );
    let cost = |case| {
        measurements
            .net(NetCost { case, minus: None })
            .per(options.events as usize)
    };
    for (position, case) in cases.iter().enumerate() {
        match case.clock {
            Clock::BackendCpu => {
                let compared = position != case.baseline;
                table.value_and_ratio(
                    case.label.clone(),
                    cost(position),
                    compared.then(|| measurements.ratio(position, case.baseline)),
                    compared.then_some(Target::AtMost(MAX_RATIO)),
                );
            }
            Clock::Elapsed => table.note(format!(
                "{}: {} events a second on one connection, each committed; elapsed time, median.",
                case.label,
                short(1e6 / cost(position).median),
            )),
        }
    }
    table.note(format!("{}.", backends[0].durability()?));
    table.print();
    Ok(())
}
