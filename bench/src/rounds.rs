//! Interleaved rounds: each round measures every case once, in changing order, and a case is compared with
//! its baseline within the same round. A disturbance of the machine then affects both sides of a ratio.

use std::time::Duration;

use crate::error::Result;

pub struct Measurement {
    pub cost: Duration,
    /// The number of results, which must be the baseline's: proof that both did the same work.
    pub rows: i64,
}

/// One of the things that are compared.
pub trait Case {
    fn label(&self) -> &str;
    /// The position of the case that it is compared with.
    fn baseline(&self) -> usize;
}

pub struct Schedule {
    pub rounds: usize,
    /// Slow cases take part in this many rounds, the first ones, and in no warm-up.
    pub slow_rounds: usize,
    pub slow: Vec<bool>,
}

impl Schedule {
    pub fn every_round(rounds: usize, cases: usize) -> Self {
        Self {
            rounds,
            slow_rounds: rounds,
            slow: vec![false; cases],
        }
    }
}

/// Costs by case and round; `None` for the rounds that a slow case skipped.
pub struct Measurements {
    costs: Vec<Vec<Option<Duration>>>,
}

#[derive(Clone, Copy)]
pub struct Summary {
    pub median: f64,
    pub minimum: f64,
}

impl Summary {
    /// The cost of one, when `count` were measured together.
    pub fn per(self, count: usize) -> Self {
        Self {
            median: self.median / count as f64,
            minimum: self.minimum / count as f64,
        }
    }
}

/// The cost of a case, from which the cost of another is subtracted: one that does everything but what is
/// to be measured.
#[derive(Clone, Copy)]
pub struct NetCost {
    pub case: usize,
    pub minus: Option<usize>,
}

/// Measures all cases, and fails if a case has another number of rows than its baseline.
pub fn interleave<C: Case>(
    cases: &[C],
    schedule: &Schedule,
    mut measure: impl FnMut(usize, &C) -> Result<Measurement>,
) -> Result<Measurements> {
    let mut rows = vec![None; cases.len()];
    let mut costs = vec![Vec::with_capacity(schedule.rounds); cases.len()];
    // The warm-up keeps the order of the cases, in which a baseline comes first.
    for (position, case) in cases.iter().enumerate() {
        if !schedule.slow[position] {
            rows[position] = Some(measure(position, case)?.rows);
            check_rows(cases, &rows, position)?;
        }
    }
    for round in 0..schedule.rounds {
        for position in order(round, cases.len()) {
            if schedule.slow[position] && round >= schedule.slow_rounds {
                costs[position].push(None);
                continue;
            }
            let measurement = measure(position, &cases[position])?;
            rows[position] = Some(measurement.rows);
            check_rows(cases, &rows, position)?;
            costs[position].push(Some(measurement.cost));
        }
    }
    Ok(Measurements { costs })
}

/// Starts with the next case in each round, and reverses the order in every other one, so that no case
/// always follows the same one.
fn order(round: usize, cases: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cases).map(|position| (position + round) % cases).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

fn check_rows<C: Case>(cases: &[C], rows: &[Option<i64>], position: usize) -> Result<()> {
    let case = &cases[position];
    match (rows[position], rows[case.baseline()]) {
        (Some(seen), Some(expected)) if seen == expected && seen > 0 => Ok(()),
        (seen, expected) => Err(format!(
            "{} has {} rows, its baseline {} has {}: the comparison is invalid",
            case.label(),
            seen.unwrap_or_default(),
            cases[case.baseline()].label(),
            expected.unwrap_or_default(),
        )
        .into()),
    }
}

impl Measurements {
    /// Milliseconds.
    pub fn cost(&self, case: usize) -> Summary {
        summary(
            self.costs[case]
                .iter()
                .flatten()
                .map(|cost| cost.as_secs_f64() * 1e3)
                .collect(),
        )
    }

    /// The median of the ratios within the rounds, and the ratio of the two minima.
    pub fn ratio(&self, case: usize, baseline: usize) -> Summary {
        let within_rounds = self
            .both(case, baseline)
            .map(|(case, baseline)| case.as_secs_f64() / baseline.as_secs_f64())
            .collect();
        Summary {
            median: summary(within_rounds).median,
            minimum: self.cost(case).minimum / self.cost(baseline).minimum,
        }
    }

    /// Microseconds that `case` took longer than `baseline`, by round.
    pub fn difference(&self, case: usize, baseline: usize) -> Summary {
        summary(
            self.both(case, baseline)
                .map(|(case, baseline)| (case.as_secs_f64() - baseline.as_secs_f64()) * 1e6)
                .collect(),
        )
    }

    /// Microseconds: the median of the differences within the rounds, and the difference of the two minima.
    pub fn net(&self, net: NetCost) -> Summary {
        let within_rounds = self.net_seconds(net).flatten().collect();
        Summary {
            median: summary(within_rounds).median * 1e6,
            minimum: self.net_minimum(net) * 1e3,
        }
    }

    /// Like `ratio`, for net costs.
    pub fn net_ratio(&self, net: NetCost, baseline: NetCost) -> Summary {
        let within_rounds = self
            .net_seconds(net)
            .zip(self.net_seconds(baseline))
            .filter_map(|(net, baseline)| Some(net? / baseline?))
            .collect();
        Summary {
            median: summary(within_rounds).median,
            minimum: self.net_minimum(net) / self.net_minimum(baseline),
        }
    }

    fn net_seconds(&self, net: NetCost) -> impl Iterator<Item = Option<f64>> + '_ {
        (0..self.costs[net.case].len()).map(move |round| {
            let seconds = |case: usize| self.costs[case][round].map(|cost| cost.as_secs_f64());
            Some(seconds(net.case)? - net.minus.map_or(Some(0.0), seconds)?)
        })
    }

    fn net_minimum(&self, net: NetCost) -> f64 {
        self.cost(net.case).minimum - net.minus.map_or(0.0, |minus| self.cost(minus).minimum)
    }

    fn both(&self, case: usize, baseline: usize) -> impl Iterator<Item = (Duration, Duration)> + '_ {
        self.costs[case]
            .iter()
            .zip(&self.costs[baseline])
            .filter_map(|(case, baseline)| Some(((*case)?, (*baseline)?)))
    }
}

fn summary(mut values: Vec<f64>) -> Summary {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    };
    Summary {
        median,
        minimum: values.first().copied().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_measures_each_case_once() {
        for round in 0..5 {
            let mut positions = order(round, 4);
            positions.sort_unstable();
            assert_eq!(positions, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn median_ratio_is_taken_within_rounds() {
        let milliseconds = |values: [u64; 3]| {
            values
                .iter()
                .map(|value| Some(Duration::from_millis(*value)))
                .collect::<Vec<_>>()
        };
        let measurements = Measurements {
            costs: vec![milliseconds([10, 100, 20]), milliseconds([20, 200, 60])],
        };
        let ratio = measurements.ratio(1, 0);
        assert!((ratio.median - 2.0).abs() < 1e-9);
        assert!((ratio.minimum - 2.0).abs() < 1e-9);
    }

    #[test]
    fn net_ratio_subtracts_the_other_case_first() {
        let seconds = |value| vec![Some(Duration::from_secs(value))];
        let measurements = Measurements {
            costs: vec![seconds(10), seconds(16), seconds(3)],
        };
        let net = NetCost {
            case: 1,
            minus: Some(0),
        };
        let ratio = measurements.net_ratio(net, NetCost { case: 2, minus: None });
        assert!((ratio.median - 2.0).abs() < 1e-9);
        assert!((ratio.minimum - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_slow_case_is_compared_in_its_own_rounds() {
        let seconds = Duration::from_secs;
        let measurements = Measurements {
            costs: vec![
                vec![Some(seconds(1)), Some(seconds(9))],
                vec![Some(seconds(3)), None],
            ],
        };
        assert!((measurements.ratio(1, 0).median - 3.0).abs() < 1e-9);
    }
}
