//! Where in a policy, or in the body of a function, an expression stands.

use super::expression::Expression;
use crate::tree::Record;

#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) text: &'s str,
    /// How many queries the row in question lies outside of.
    pub(crate) depth: u32,
    pub(crate) of_a_policy: bool,
    /// What a function's body knows as `$1`, `$2` …
    pub(crate) arguments: &'s [Expression],
}

impl<'s> Scope<'s> {
    /// What stands for `$1`, `$2` … in a body.
    pub(super) fn argument(self, record: &Record) -> Option<&'s Expression> {
        let number = record
            .number::<usize>("paramid")
            .filter(|_| record.atom("paramkind") == Some("0"))?;
        self.arguments.get(number.checked_sub(1)?)
    }
}
