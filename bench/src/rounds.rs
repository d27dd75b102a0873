//! Interleaved rounds: every arm is measured once per round, in an order that
//! changes, and is compared with its constant within the same round. So what
//! slows the machine for a while slows both sides of a ratio.

use std::time::Duration;

use crate::Result;

/// One measurement: what it cost, and how many rows prove that the policy let
/// through what it should.
pub struct Unit {
    pub cost: Duration,
    pub rows: i64,
}

/// What takes part: it has a name, and the position of the one it must agree with.
pub trait Contestant {
    fn label(&self) -> &str;
    fn base(&self) -> usize;
}

pub struct Plan {
    pub rounds: usize,
    /// Arms that are `slow` take part in the first rounds only, without warm-up.
    pub slow_rounds: usize,
    pub slow: Vec<bool>,
}

impl Plan {
    pub fn every_round(rounds: usize, arms: usize) -> Self {
        Self {
            rounds,
            slow_rounds: rounds,
            slow: vec![false; arms],
        }
    }
}

/// Costs by arm and round; `None` where a slow arm stood aside.
pub struct Measurements {
    costs: Vec<Vec<Option<Duration>>>,
}

#[derive(Clone, Copy)]
pub struct Summary {
    pub median: f64,
    pub minimum: f64,
}

impl Summary {
    /// The share of one of `count` that were measured together.
    pub fn per(self, count: usize) -> Self {
        Self {
            median: self.median / count as f64,
            minimum: self.minimum / count as f64,
        }
    }
}

/// The cost of an arm beyond that of another, which does the same but for what is asked.
#[derive(Clone, Copy)]
pub struct Net {
    pub arm: usize,
    pub less: Option<usize>,
}

/// Measures all arms and insists that each sees as many rows as its constant.
pub fn interleave<C: Contestant>(
    arms: &[C],
    plan: &Plan,
    mut measure: impl FnMut(usize, &C) -> Result<Unit>,
) -> Result<Measurements> {
    let mut rows = vec![None; arms.len()];
    let mut costs = vec![Vec::with_capacity(plan.rounds); arms.len()];
    // The warm-up goes in the arms' own order: a constant precedes its rivals.
    for (position, arm) in arms.iter().enumerate() {
        if !plan.slow[position] {
            rows[position] = Some(measure(position, arm)?.rows);
            check_rows(arms, &rows, position)?;
        }
    }
    for round in 0..plan.rounds {
        for position in order(round, arms.len()) {
            if plan.slow[position] && round >= plan.slow_rounds {
                costs[position].push(None);
                continue;
            }
            let unit = measure(position, &arms[position])?;
            rows[position] = Some(unit.rows);
            check_rows(arms, &rows, position)?;
            costs[position].push(Some(unit.cost));
        }
    }
    Ok(Measurements { costs })
}

/// Starts one arm later in each round and turns round in every other, so that
/// no arm always follows the same one.
fn order(round: usize, arms: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..arms).map(|place| (place + round) % arms).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

fn check_rows<C: Contestant>(arms: &[C], rows: &[Option<i64>], position: usize) -> Result<()> {
    let arm = &arms[position];
    match (rows[position], rows[arm.base()]) {
        (Some(seen), Some(expected)) if seen == expected && seen > 0 => Ok(()),
        (seen, expected) => Err(format!(
            "{} saw {} rows where {} saw {}: this would measure something else",
            arm.label(),
            seen.unwrap_or_default(),
            arms[arm.base()].label(),
            expected.unwrap_or_default(),
        )
        .into()),
    }
}

impl Measurements {
    /// Milliseconds.
    pub fn cost(&self, arm: usize) -> Summary {
        summary(
            self.costs[arm]
                .iter()
                .flatten()
                .map(|cost| cost.as_secs_f64() * 1e3)
                .collect(),
        )
    }

    /// The median is that of the ratios within the rounds, the minimum is the
    /// ratio of the two minima.
    pub fn ratio(&self, arm: usize, base: usize) -> Summary {
        let within_rounds = self
            .both(arm, base)
            .map(|(arm, base)| arm.as_secs_f64() / base.as_secs_f64())
            .collect();
        Summary {
            median: summary(within_rounds).median,
            minimum: self.cost(arm).minimum / self.cost(base).minimum,
        }
    }

    /// Microseconds that `arm` took longer than `base`, per round.
    pub fn difference(&self, arm: usize, base: usize) -> Summary {
        summary(
            self.both(arm, base)
                .map(|(arm, base)| (arm.as_secs_f64() - base.as_secs_f64()) * 1e6)
                .collect(),
        )
    }

    /// Microseconds. The median is that of the differences within the rounds, the minimum is the
    /// difference of the two minima.
    pub fn net(&self, net: Net) -> Summary {
        let within_rounds = self.net_seconds(net).flatten().collect();
        Summary {
            median: summary(within_rounds).median * 1e6,
            minimum: self.net_minimum(net) * 1e3,
        }
    }

    /// As `ratio`, of costs from which others are subtracted.
    pub fn net_ratio(&self, net: Net, base: Net) -> Summary {
        let within_rounds = self
            .net_seconds(net)
            .zip(self.net_seconds(base))
            .filter_map(|(net, base)| Some(net? / base?))
            .collect();
        Summary {
            median: summary(within_rounds).median,
            minimum: self.net_minimum(net) / self.net_minimum(base),
        }
    }

    fn net_seconds(&self, net: Net) -> impl Iterator<Item = Option<f64>> + '_ {
        (0..self.costs[net.arm].len()).map(move |round| {
            let seconds = |arm: usize| self.costs[arm][round].map(|cost| cost.as_secs_f64());
            Some(seconds(net.arm)? - net.less.map_or(Some(0.0), seconds)?)
        })
    }

    fn net_minimum(&self, net: Net) -> f64 {
        self.cost(net.arm).minimum - net.less.map_or(0.0, |less| self.cost(less).minimum)
    }

    fn both(&self, arm: usize, base: usize) -> impl Iterator<Item = (Duration, Duration)> + '_ {
        self.costs[arm]
            .iter()
            .zip(&self.costs[base])
            .filter_map(|(arm, base)| Some(((*arm)?, (*base)?)))
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
    fn every_round_measures_each_arm_once() {
        for round in 0..5 {
            let mut places = order(round, 4);
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2, 3]);
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
    fn net_ratio_leaves_out_what_both_sides_share() {
        let seconds = |value| vec![Some(Duration::from_secs(value))];
        let measurements = Measurements {
            costs: vec![seconds(10), seconds(16), seconds(3)],
        };
        let net = Net {
            arm: 1,
            less: Some(0),
        };
        let ratio = measurements.net_ratio(net, Net { arm: 2, less: None });
        assert!((ratio.median - 2.0).abs() < 1e-9);
        assert!((ratio.minimum - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_slow_arm_is_compared_in_its_own_rounds() {
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
