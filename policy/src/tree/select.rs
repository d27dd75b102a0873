//! Trees of a `SELECT` that computes one value.

use super::node::{Node, Record};

/// The text of the value in the tree of `SELECT value`, or in a list that contains only such a tree. `None`
/// for any other tree.
pub fn value_of(tree: &str) -> Option<&str> {
    let node = Node::parse(tree)?;
    let [query] = node.records()[..] else {
        return None;
    };
    tree.get(only_value(query)?.span.clone())
}

/// Builds the sub-select `(SELECT part)`. `template` is the tree of `SELECT (SELECT value)`, in which `part`
/// replaces the value. The column name of the value is removed. `None` if the template has another form.
pub fn in_sub_select(template: &str, part: &str) -> Option<String> {
    let sub_select = value_of(template)?;
    let node = Node::parse(sub_select)?;
    let query = node.record()?.record("subselect")?;
    let value = only_value(query)?;
    let [entry] = query.list("targetList")[..] else {
        return None;
    };
    let entry_text = sub_select.get(entry.span.clone())?;
    let named = format!(":resname {}", entry.atom("resname")?);
    let in_entry = value.span.start - entry.span.start..value.span.end - entry.span.start;
    let (before, after) = (entry_text.get(..in_entry.start)?, entry_text.get(in_entry.end..)?);
    let unnamed = after.replacen(&named, ":resname <>", 1);
    let (front, back) = (
        sub_select.get(..entry.span.start)?,
        sub_select.get(entry.span.end..)?,
    );
    Some([front, before, part, &unnamed, back].concat())
}

/// The value of a `SELECT value` that contains nothing else.
pub(crate) fn only_value<'r, 't>(query: &'r Record<'t>) -> Option<&'r Record<'t>> {
    let from = query.record("jointree");
    let is_plain = query.number("commandType") == Some(1)
        && query.list("rtable").is_empty()
        && query.list("cteList").is_empty()
        && from.is_none_or(|from| from.list("fromlist").is_empty() && from.record("quals").is_none())
        && [
            "havingQual",
            "limitCount",
            "limitOffset",
            "setOperations",
            "utilityStmt",
        ]
        .iter()
        .all(|field| query.record(field).is_none())
        && query.list("groupClause").is_empty()
        && !query.is_true("hasAggs")
        && !query.is_true("hasTargetSRFs");
    match query.list("targetList")[..] {
        [entry] if is_plain => entry.record("expr"),
        _ => None,
    }
}
