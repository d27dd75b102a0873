//! Markdown tables with the results; docs/performance.md quotes them.

use std::fmt;

use crate::rounds::{Case, Measurements, Summary};

/// The goal for a value. Its verdict is printed and nothing more: a benchmark on a shared machine is no test.
#[derive(Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub fn verdict(self, value: f64) -> &'static str {
        match self {
            Self::AtMost(limit) if value <= limit => "ok",
            Self::AtMost(_) => "over",
            Self::AtLeast(limit) if value >= limit => "ok",
            Self::AtLeast(_) => "under",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(formatter, "≤ {limit}"),
            Self::AtLeast(limit) => write!(formatter, "≥ {limit}"),
        }
    }
}

/// A row of a table of ratios: a case and the case that it is compared with.
pub struct RatioRow {
    pub label: String,
    pub case: usize,
    pub baseline: usize,
    pub target: Option<Target>,
}

impl RatioRow {
    /// A row for each case, compared with its baseline.
    pub fn against_baselines(cases: &[impl Case], target: impl Fn(usize) -> Option<Target>) -> Vec<Self> {
        cases
            .iter()
            .enumerate()
            .map(|(position, case)| Self {
                label: case.label().to_owned(),
                case: position,
                baseline: case.baseline(),
                target: target(position),
            })
            .collect()
    }
}

pub struct Table {
    title: String,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    pub fn new(title: impl Into<String>, header: &[&'static str]) -> Self {
        Self {
            title: title.into(),
            header: header.to_vec(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A table of costs and ratios. `unit` is the heading of the cost column; measured costs are divided by
    /// `per`.
    pub fn of_ratios(
        title: impl Into<String>,
        unit: &'static str,
        per: f64,
        rows: &[RatioRow],
        measurements: &Measurements,
    ) -> Self {
        let mut table = Self::new(
            title,
            &["policy", unit, "ratio, median / minimum", "target", "verdict"],
        );
        for row in rows {
            let cost = measurements.cost(row.case);
            let ratio = measurements.ratio(row.case, row.baseline);
            let ratio_text = if row.case == row.baseline {
                "1".to_owned()
            } else {
                format!("{} / {}", factor(ratio.median), factor(ratio.minimum))
            };
            table.row(vec![
                row.label.clone(),
                format!("{} / {}", short(cost.median / per), short(cost.minimum / per)),
                ratio_text,
                target_text(row.target),
                verdict_text(row.target, ratio.median),
            ]);
        }
        table
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// A row `label | value | target | verdict`.
    pub fn value(&mut self, label: impl Into<String>, value: Summary, target: Option<Target>) {
        self.row(vec![
            label.into(),
            format!("{} / {}", short(value.median), short(value.minimum)),
            target_text(target),
            verdict_text(target, value.median),
        ]);
    }

    /// A row `label | value | ratio | target | verdict`. `None` stands for the baseline's own ratio, 1.
    pub fn value_and_ratio(
        &mut self,
        label: impl Into<String>,
        value: Summary,
        ratio: Option<Summary>,
        target: Option<Target>,
    ) {
        self.row(vec![
            label.into(),
            format!("{} / {}", short(value.median), short(value.minimum)),
            ratio.map_or_else(
                || "1".to_owned(),
                |ratio| format!("{} / {}", factor(ratio.median), factor(ratio.minimum)),
            ),
            target_text(target),
            ratio.map_or_else(String::new, |ratio| verdict_text(target, ratio.median)),
        ]);
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub fn print(&self) {
        println!("### {}\n", self.title);
        println!("| {} |", self.header.join(" | "));
        println!("|{}", "---|".repeat(self.header.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!();
        for note in &self.notes {
            println!("{note}\n");
        }
    }
}

pub fn target_text(target: Option<Target>) -> String {
    target.map(|target| target.to_string()).unwrap_or_default()
}

pub fn verdict_text(target: Option<Target>, value: f64) -> String {
    target
        .map(|target| target.verdict(value).to_owned())
        .unwrap_or_default()
}

/// Three significant digits: repeated runs differ in the third.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Two decimals for small ratios, where targets have them too; fewer for large ones.
pub fn factor(value: f64) -> String {
    match value {
        large if large >= 100.0 => format!("{value:.0}"),
        medium if medium >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_says_on_which_side_a_target_was_missed() {
        assert_eq!(Target::AtMost(1.1).verdict(1.1), "ok");
        assert_eq!(Target::AtMost(1.1).verdict(1.11), "over");
        assert_eq!(Target::AtLeast(30.0).verdict(29.0), "under");
    }
}
