//! The literals of a query, which are read after it was analyzed.
//!
//! PostgreSQL reads a literal while it analyzes a query, with the input function of the type that the literal
//! turns out to have. That type may be anybody's, and its domain's checks anybody's code. So the query is
//! analyzed with a numbered parameter in the place of each literal, and the constants are put into the tree
//! afterwards, where nothing but a type of PostgreSQL's own is read.

use std::ops::Range;

use super::node::{Node, Record};
use crate::unreadable::Unreadable;

/// The number of the parameter for the first literal, above all that a function's own parameters have.
pub const FIRST_LITERAL: u32 = 1 << 20;

/// The place of a literal in the text of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralPosition {
    /// Which literal it is, in the order in which they were taken out.
    pub literal: usize,
    /// The OID of the type that it turned out to have.
    pub type_oid: u32,
    /// The OID of its collation.
    pub collation: u32,
    span: Range<usize>,
}

/// The places in which literals stand, from the first to the last.
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

/// The tree with constants, each as the text of its own tree, in these places.
pub fn put_back(tree: &str, constants: &[(LiteralPosition, String)]) -> String {
    let mut whole = tree.to_owned();
    for (position, constant) in constants.iter().rev() {
        whole.replace_range(position.span.clone(), constant);
    }
    whole
}

/// A constant, as the text of its tree, as a value of the domain that the literal has. No check of the domain runs.
pub fn of_domain(position: &LiteralPosition, constant: &str) -> String {
    let LiteralPosition {
        type_oid, collation, ..
    } = position;
    format!("{{COERCETODOMAIN :arg {constant} :resulttype {type_oid} :resulttypmod -1 :resultcollid {collation} :coercionformat 2 :location -1}}")
}

/// A constant of a type that nobody reads here, by what is written: equal to what is written alike.
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
        let told: Vec<_> = found
            .iter()
            .map(|position| (position.literal, position.type_oid, position.collation))
            .collect();
        assert_eq!(told, [(1, 25, 100), (0, 16385, 0)]);
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
