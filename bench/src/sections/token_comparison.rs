//! Compares backends that verify tokens with one another.

use crate::error::Result;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Case, NetCost, Schedule};

use super::token_backend::{TokenBackend, TokenFunction, Workload, CHANGES};
use super::token_statements::TURNS_IN_A_ROUND;

struct TokenBackendCase {
    label: String,
    baseline: usize,
    /// The position of the backend.
    backend: usize,
    workload: Workload,
    function: TokenFunction,
}

impl Case for TokenBackendCase {
    fn label(&self) -> &str {
        &self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

/// Compares each backend with the first. The workloads are measured one after the other, because a change of a
/// table would also affect the workloads without one.
pub fn compare(
    options: &Options,
    mut backends: Vec<TokenBackend>,
    workloads: &[(Workload, &str, Option<Target>)],
    table: &mut Table,
) -> Result<()> {
    for (workload, label, target) in workloads {
        let mut cases = Vec::new();
        for (position, backend) in backends.iter().enumerate() {
            for function in [TokenFunction::Empty, TokenFunction::Authenticate] {
                cases.push(TokenBackendCase {
                    label: format!("{label}, {}", backend.name),
                    baseline: 2 * position,
                    backend: position,
                    workload: *workload,
                    function,
                });
            }
        }
        let schedule = Schedule::every_round(options.rounds * TURNS_IN_A_ROUND, cases.len());
        let measurements = rounds::interleave(&cases, &schedule, |_, case| {
            backends[case.backend].measure(case.workload, case.function)
        })?;

        let count = match workload {
            Workload::AfterIssuerChange | Workload::AfterRevocationChange => CHANGES,
            Workload::OneIssuer | Workload::EachIssuerInTurn => options.tokens,
        };
        let first = NetCost {
            case: 1,
            minus: Some(0),
        };
        for position in 0..backends.len() {
            let net = NetCost {
                case: 2 * position + 1,
                minus: Some(2 * position),
            };
            let ratio = (position > 0).then(|| measurements.net_ratio(net, first));
            table.value_and_ratio(
                cases[net.case].label.clone(),
                measurements.net(net).per(count),
                ratio,
                target.filter(|_| position > 0),
            );
        }
    }
    Ok(())
}
