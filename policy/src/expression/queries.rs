//! Queries inside expressions: those that only compute a value, and those that read tables.

use super::builder::Builder;
use super::expression::Kind;
use super::scope::Scope;
use crate::tree::{only_value, Record};
use crate::unreadable::Unreadable;

/// `EXPR_SUBLINK` of `SubLinkType`
/// ([`primnodes.h`](https://github.com/postgres/postgres/blob/master/src/include/nodes/primnodes.h)).
const SCALAR_SUBLINK: u32 = 4;

impl Builder<'_> {
    pub(crate) fn sub_select(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        let inside = record.record("subselect").ok_or(Unreadable)?;
        if record.number("subLinkType") == Some(SCALAR_SUBLINK) {
            return self.query(
                inside,
                Scope {
                    depth: scope.depth + 1,
                    ..scope
                },
            );
        }
        self.other(record, scope)
    }

    pub(crate) fn query(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        if let Some(value) = only_value(record) {
            return Ok(Kind::Select(Box::new(self.expression(value, scope)?)));
        }
        let mut parts = Vec::new();
        for child in record.children() {
            parts.push(self.expression(child, scope)?);
        }
        Ok(Kind::Query(parts))
    }
}
