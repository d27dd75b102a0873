//! The context of an expression: a policy, or the body of a function.

use super::expression::Expression;
use crate::tree::Record;

#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) text: &'s str,
    /// The number of queries between the expression and the row that the policy checks.
    pub(crate) depth: u32,
    pub(crate) of_a_policy: bool,
    /// The arguments that a function's body refers to as `$1`, `$2` …
    pub(crate) arguments: &'s [Expression],
}

impl<'s> Scope<'s> {
    /// The argument that a `PARAM` such as `$1` refers to.
    pub(super) fn argument(self, record: &Record) -> Option<&'s Expression> {
        let number = record
            .number::<usize>("paramid")
            .filter(|_| record.atom("paramkind") == Some("0"))?;
        self.arguments.get(number.checked_sub(1)?)
    }
}
