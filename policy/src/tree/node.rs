//! The text form of parse trees: policies, column defaults, bodies of functions.
//!
//! It consists of records `{TAG :field value …}`, lists `(…)` and atoms. In an atom a backslash makes the
//! next character ordinary
//! ([`read.c`](https://github.com/postgres/postgres/blob/master/src/backend/nodes/read.c)). Field names
//! differ little between PostgreSQL versions, so fields are looked up by name and unknown ones are skipped.

use std::ops::Range;
use std::str::FromStr;

use crate::limits::{MAX_TREE_BYTES, MAX_TREE_DEPTH};

/// A parse tree.
#[derive(Debug)]
pub(crate) enum Node<'t> {
    /// A number, a name, a string, or `<>` for nothing.
    Atom(&'t str),
    List(Vec<Node<'t>>),
    Record(Record<'t>),
}

/// A node with fields.
#[derive(Debug)]
pub(crate) struct Record<'t> {
    pub(crate) tag: &'t str,
    fields: Vec<(&'t str, Vec<Node<'t>>)>,
    /// The byte range of the record in the text.
    pub(crate) span: Range<usize>,
}

impl<'t> Node<'t> {
    /// Parses a text; `None` if it is not a tree or exceeds the bounds of [`limits`](crate::limits).
    pub(crate) fn parse(text: &'t str) -> Option<Node<'t>> {
        let mut reader = NodeReader { text, position: 0 };
        let node = (text.len() <= MAX_TREE_BYTES).then(|| reader.node(MAX_TREE_DEPTH))??;
        reader.token().is_none().then_some(node)
    }

    pub(crate) fn record(&self) -> Option<&Record<'t>> {
        match self {
            Node::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The records nearest to the root; the node itself if it is a record.
    pub(crate) fn records(&self) -> Vec<&Record<'t>> {
        match self {
            Node::Atom(_) => Vec::new(),
            Node::Record(record) => vec![record],
            Node::List(nodes) => nodes.iter().flat_map(Node::records).collect(),
        }
    }
}

impl<'t> Record<'t> {
    /// The value of a field: one node, or the length and the bytes of a datum.
    pub(crate) fn field(&self, name: &str) -> &[Node<'t>] {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map_or(&[], |(_, nodes)| nodes)
    }

    pub(crate) fn record(&self, name: &str) -> Option<&Record<'t>> {
        self.field(name).first()?.record()
    }

    /// The records of a list; empty if the field is something else.
    pub(crate) fn list(&self, name: &str) -> Vec<&Record<'t>> {
        self.field(name).iter().flat_map(Node::records).collect()
    }

    pub(crate) fn atom(&self, name: &str) -> Option<&'t str> {
        match self.field(name).first()? {
            Node::Atom(atom) => Some(atom),
            _ => None,
        }
    }

    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Option<N> {
        self.atom(name)?.parse().ok()
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.atom(name) == Some("true")
    }

    /// The nearest records below this one.
    pub(crate) fn children(&self) -> Vec<&Record<'t>> {
        let nodes = self.fields.iter().flat_map(|(_, nodes)| nodes);
        nodes.flat_map(Node::records).collect()
    }
}

struct NodeReader<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> NodeReader<'t> {
    /// The next token and its position.
    fn token(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.text.get(self.position..)?;
        let start = self.position + rest.find(|c: char| !is_space(c))?;
        let token = self.text.get(start..)?;
        let mut length = 0;
        let mut characters = token.chars();
        while let Some(character) = characters.next() {
            if is_space(character) || (is_bracket(character) && length > 0) {
                break;
            }
            length += character.len_utf8();
            if character == '\\' {
                length += characters.next().map_or(0, char::len_utf8);
            }
            if is_bracket(character) {
                break;
            }
        }
        self.position = start + length;
        Some((start, token.get(..length)?))
    }

    fn peek(&mut self) -> Option<&'t str> {
        let position = self.position;
        let token = self.token();
        self.position = position;
        token.map(|(_, token)| token)
    }

    fn node(&mut self, depth: usize) -> Option<Node<'t>> {
        let (start, token) = self.token()?;
        match token {
            "(" => self.list(depth.checked_sub(1)?),
            "{" => self.record(start, depth.checked_sub(1)?),
            ")" | "}" => None,
            atom => Some(Node::Atom(atom)),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Node<'t>> {
        let mut nodes = Vec::new();
        while self.peek()? != ")" {
            nodes.push(self.node(depth)?);
        }
        self.token()?;
        Some(Node::List(nodes))
    }

    fn record(&mut self, start: usize, depth: usize) -> Option<Node<'t>> {
        let (_, tag) = self.token()?;
        let mut fields = Vec::new();
        loop {
            let (_, token) = self.token()?;
            if token == "}" {
                break;
            }
            let name = token.strip_prefix(':')?;
            // The first node of a value may itself begin with a colon, for example the name of a column.
            let mut nodes = vec![self.node(depth)?];
            while !matches!(self.peek()?, token if token == "}" || token.starts_with(':')) {
                nodes.push(self.node(depth)?);
            }
            fields.push((name, nodes));
        }
        let span = start..self.position;
        Some(Node::Record(Record { tag, fields, span }))
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\t')
}

fn is_bracket(character: char) -> bool {
    matches!(character, '(' | ')' | '{' | '}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_lists_and_datums_are_read() {
        let text = "{OPEXPR :opno 98 :args ({VAR :varattno 2} {CONST :constvalue 5 [ 20 0 0 0 -97 ]}) :name :odd\\ name :location -1}";
        let node = Node::parse(text).unwrap();
        let record = node.record().unwrap();
        assert_eq!((record.tag, record.span.clone()), ("OPEXPR", 0..text.len()));
        assert_eq!(record.number("opno"), Some(98));
        assert_eq!(record.number("location"), Some(-1));
        assert_eq!(record.atom("name"), Some(":odd\\ name"));
        let arguments = record.list("args");
        assert_eq!(text.get(arguments[0].span.clone()), Some("{VAR :varattno 2}"));
        assert_eq!(arguments[1].field("constvalue").len(), 8);
        assert_eq!(record.children().len(), 2);
    }

    #[test]
    fn escaped_brackets_belong_to_a_name() {
        let node = Node::parse("{ALIAS :aliasname a\\)\\{b :colnames (\"id\" \"x\\ y\")}").unwrap();
        let record = node.record().unwrap();
        assert_eq!(record.atom("aliasname"), Some("a\\)\\{b"));
        assert!(matches!(record.field("colnames"), [Node::List(names)] if names.len() == 2));
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let deep = "(".repeat(MAX_TREE_DEPTH + 1) + &")".repeat(MAX_TREE_DEPTH + 1);
        for text in [
            "",
            "(",
            ")",
            "{",
            "{A",
            "{A :b",
            "{A :b }",
            "{A b 1}",
            "(a) b",
            "{A :b 1))",
            &deep,
        ] {
            assert!(Node::parse(text).is_none(), "{text}");
        }
    }
}
