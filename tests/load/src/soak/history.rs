//! What was true when, as far as one who looks on can know: a change is in force at some moment between its start and
//! its end.

use std::time::{Duration, Instant};

/// Changes that ended so long ago concern no transaction that still runs.
const KEPT: Duration = Duration::from_secs(60);

struct Change {
    value: bool,
    started: Instant,
    ended: Option<Instant>,
}

/// The changes of something that is true or false; false at first.
#[derive(Default)]
pub struct History(Vec<Change>);

impl History {
    /// A change to this value begins.
    pub fn start(&mut self, value: bool) {
        let old = |change: &Change| change.ended.is_some_and(|ended| ended.elapsed() > KEPT);
        // The last of the old changes says what was true since.
        while self.0.len() > 1 && self.0.iter().take(2).all(old) {
            self.0.remove(0);
        }
        self.0.push(Change {
            value,
            started: Instant::now(),
            ended: None,
        });
    }

    /// The change has ended: from now on, everybody sees its value.
    pub fn end(&mut self) {
        if let Some(change) = self.0.last_mut() {
            change.ended = Some(Instant::now());
        }
    }

    /// The value that the last change leads to.
    pub fn last(&self) -> bool {
        self.0.last().is_some_and(|change| change.value)
    }

    /// Whether this may have been the value at some moment between the two.
    pub fn may_have_been(&self, value: bool, from: Instant, to: Instant) -> bool {
        let replaced_before = |position: usize| {
            self.0
                .get(position)
                .is_some_and(|next| next.ended.is_some_and(|ended| ended < from))
        };
        let at_first = !value && !replaced_before(0);
        at_first
            || self.0.iter().enumerate().any(|(position, change)| {
                change.value == value && change.started <= to && !replaced_before(position + 1)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_force_at_some_moment_between_its_start_and_its_end() {
        let (mut history, before) = (History::default(), Instant::now());
        assert!(history.may_have_been(false, before, before));
        assert!(!history.may_have_been(true, before, before));
        history.start(true);
        let during = Instant::now();
        assert!(history.may_have_been(true, before, during) && history.may_have_been(false, before, during));
        history.end();
        std::thread::sleep(Duration::from_millis(2));
        let after = Instant::now();
        assert!(history.may_have_been(true, after, after) && !history.may_have_been(false, after, after));
        assert!(history.may_have_been(false, during, after));
    }
}
