//! Literals of a query that are read after the query was analyzed.
//!
//! While PostgreSQL analyzes a query, it reads each literal with the input function of the literal's type.
//! That type may be user-defined, and the checks of a domain may call user-defined functions. Therefore the
//! query is analyzed with a numbered parameter in place of each literal. The constants are put into the tree
//! afterwards; only types of PostgreSQL itself are read.

use std::ops::Range;

use super::node::{Node, Record};
use crate::unreadable::Unreadable;

/// The number of the parameter for the first literal. It is greater than the number of any parameter of a
/// function.
pub const FIRST_LITERAL: u32 = 1 << 20;

/// The position of a literal in the text of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralPosition {
    /// The index of the literal, in the order in which the literals were taken out.
    pub literal: usize,
    /// The OID of the literal's type.
    pub type_oid: u32,
    /// The OID of the literal's collation.
    pub collation: u32,
    span: Range<usize>,
}

/// The positions of the literals in a tree, in ascending order.
///
/// # Errors
/// [`Unreadable`] if the text is not a parse tree or exceeds the bounds of [`limits`](crate::limits).
pub fn positions(tree: &str) -> Result<Vec<LiteralPosition>, Unreadable> {
    let node = Node::parse(tree).ok_or(Unreadable)?;
    let mut waiting = node.records();
    let mut found = Vec::new();
    while let Some(record) = waiting.pop() {
        found.extend(position(record));
        waiting.extend(record.children());
    }
    found.sort_by_key(|position| position.span.start);
    Ok(found)
}

fn position(record: &Record) -> Option<LiteralPosition> {
    let number: u32 = record.number("paramid").filter(|_| record.tag == "PARAM")?;
    Some(LiteralPosition {
        literal: usize::try_from(number.checked_sub(FIRST_LITERAL)?).ok()?,
        type_oid: record.number("paramtype")?,
        collation: record.number("paramcollid")?,
        span: record.span.clone(),
    })
}

/// Puts constants, each the text of a tree, into a tree. The positions must be in ascending order.
pub fn put_back(tree: &str, constants: &[(LiteralPosition, String)]) -> String {
    let mut whole = tree.to_owned();
    for (position, constant) in constants.iter().rev() {
        whole.replace_range(position.span.clone(), constant);
    }
    whole
}

/// A constant, given as the text of its tree, as a value of the literal's domain. The checks of the domain do
/// not run.
pub fn of_domain(position: &LiteralPosition, constant: &str) -> String {
    let LiteralPosition {
        type_oid, collation, ..
    } = position;
    format!("{{COERCETODOMAIN :arg {constant} :resulttype {type_oid} :resulttypmod -1 :resultcollid {collation} :coercionformat 2 :location -1}}")
}

/// A constant of a type that is not read here, as the text of its tree. Two such constants are equal if their
/// texts are.
pub fn unread(type_oid: u32, literal: &str) -> String {
    let bytes: Vec<String> = literal.bytes().map(|byte| (byte as i8).to_string()).collect();
    format!(
        "{{CONST :consttype {type_oid} :constisnull false :constvalue {} [ {} ]}}",
        bytes.len(),
        bytes.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_by_their_numbers_and_nothing_else_is() {
        let tree = "{OPEXPR :args ({PARAM :paramkind 0 :paramid 1048577 :paramtype 25 :paramcollid 100} \
            {PARAM :paramkind 0 :paramid 2 :paramtype 25 :paramcollid 100} \
            {X :arg {PARAM :paramkind 0 :paramid 1048576 :paramtype 16385 :paramcollid 0}})}";
        let found = positions(tree).unwrap();
        let found_positions: Vec<_> = found
            .iter()
            .map(|position| (position.literal, position.type_oid, position.collation))
            .collect();
        assert_eq!(found_positions, [(1, 25, 100), (0, 16385, 0)]);
        let constants: Vec<_> = found
            .into_iter()
            .map(|position| (position, "{CONST}".to_owned()))
            .collect();
        assert_eq!(
            put_back(tree, &constants),
            "{OPEXPR :args ({CONST} {PARAM :paramkind 0 :paramid 2 :paramtype 25 :paramcollid 100} {X :arg {CONST}})}"
        );
    }

    #[test]
    fn what_nobody_reads_is_equal_to_what_is_written_alike() {
        assert_eq!(unread(16385, "{ä}"), unread(16385, "{ä}"));
        assert_ne!(unread(16385, "a"), unread(16385, "b"));
        assert_ne!(unread(16385, "a"), unread(16386, "a"));
        assert!(Node::parse(&unread(16385, "{ä}")).is_some());
        assert!(Node::parse(&unread(16385, "")).is_some());
    }

    #[test]
    fn a_text_that_is_not_a_tree_has_no_positions() {
        assert_eq!(positions("{PARAM"), Err(Unreadable));
    }
}
