//! Markdown tables that can be pasted into the README.

use std::fmt;

use crate::arms::Comparison;
use crate::rounds::{Measurements, Summary};

/// What was promised. The verdict is printed and decides nothing: a benchmark on
/// a shared machine is no test.
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

    /// Costs and ratios of arms, the common form. `unit` is the cost column's
    /// heading, `per` what a measured cost is divided by.
    pub fn of_ratios(
        title: impl Into<String>,
        unit: &'static str,
        per: f64,
        comparisons: &[Comparison],
        measurements: &Measurements,
    ) -> Self {
        let mut table = Self::new(
            title,
            &["policy", unit, "ratio, median / minimum", "target", "verdict"],
        );
        for comparison in comparisons {
            let cost = measurements.cost(comparison.arm);
            let ratio = measurements.ratio(comparison.arm, comparison.base);
            let ratio_text = if comparison.arm == comparison.base {
                "1".to_owned()
            } else {
                format!("{} / {}", factor(ratio.median), factor(ratio.minimum))
            };
            table.row(vec![
                comparison.label.clone(),
                format!("{} / {}", short(cost.median / per), short(cost.minimum / per)),
                ratio_text,
                target_text(comparison.target),
                verdict_text(comparison.target, ratio.median),
            ]);
        }
        table
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// A row of one value with a target: `label | value | target | verdict`.
    pub fn value(&mut self, label: impl Into<String>, value: Summary, target: Option<Target>) {
        self.row(vec![
            label.into(),
            format!("{} / {}", short(value.median), short(value.minimum)),
            target_text(target),
            verdict_text(target, value.median),
        ]);
    }

    /// A row of a value and its ratio to another's: `label | value | ratio | target | verdict`.
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

/// Three significant digits are more than such a machine repeats.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Two decimals as far as targets have them, whole numbers for the large ones.
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
    fn verdict_names_the_side_that_was_missed() {
        assert_eq!(Target::AtMost(1.1).verdict(1.1), "ok");
        assert_eq!(Target::AtMost(1.1).verdict(1.11), "over");
        assert_eq!(Target::AtLeast(30.0).verdict(29.0), "under");
    }
}
