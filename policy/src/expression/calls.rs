//! Calls of functions, and the bodies of SQL functions.

use super::builder::Builder;
use super::expression::{Expression, Kind, UserDependence};
use super::procedural;
use super::scope::Scope;
use super::spelling::{built_in, reader};
use crate::limits::MAX_CALL_DEPTH;
use crate::tree::{Node, Record};
use crate::unreadable::Unreadable;

impl Builder<'_> {
    /// A call, or an operator that is not a comparison.
    pub(crate) fn named_call(
        &mut self,
        record: &Record,
        field: &str,
        scope: Scope,
    ) -> Result<Kind, Unreadable> {
        let Some(oid) = record.number::<u32>(field) else {
            return self.other(record, scope);
        };
        let arguments = self.arguments(&record.list("args"), scope)?;
        let Some(function) = self.catalog.function(oid) else {
            return Ok(Kind::Call {
                function: oid,
                depends_on_user: UserDependence::Perhaps,
                volatile: true,
                mentions: procedural::Mentions::default(),
                arguments,
                body: None,
            });
        };
        if let Some(symbol) = function.symbol {
            return Ok(reader(symbol, arguments));
        }
        if function.is_built_in && function.is_volatile {
            return Ok(Kind::Call {
                function: oid,
                depends_on_user: UserDependence::No,
                volatile: true,
                mentions: procedural::Mentions::default(),
                arguments,
                body: None,
            });
        }
        if function.is_built_in {
            let is_cast = matches!(record.atom("funcformat"), Some("1" | "2"));
            return Ok(built_in(oid, &function.name, is_cast, arguments));
        }
        let body = if function.is_sql {
            self.body(oid, &arguments)?.map(Box::new)
        } else {
            None
        };
        let mentions = function
            .procedural
            .as_deref()
            .map(procedural::mentions)
            .unwrap_or_default();
        let depends_on_user = match body {
            Some(_) => UserDependence::No,
            None if mentions.user => UserDependence::Yes,
            None => UserDependence::Perhaps,
        };
        Ok(Kind::Call {
            function: oid,
            depends_on_user,
            // The body itself shows what in it is volatile.
            volatile: function.is_volatile && body.is_none(),
            mentions,
            arguments,
            body,
        })
    }

    /// The arguments in the order in which the function declares them.
    fn arguments(&mut self, records: &[&Record], scope: Scope) -> Result<Vec<Expression>, Unreadable> {
        let mut numbered = Vec::new();
        for (position, record) in records.iter().enumerate() {
            let number = record
                .number("argnumber")
                .filter(|_| record.tag == "NAMEDARGEXPR");
            numbered.push((number.unwrap_or(position), self.expression(record, scope)?));
        }
        numbered.sort_by_key(|(number, _)| *number);
        Ok(numbered.into_iter().map(|(_, argument)| argument).collect())
    }

    pub(crate) fn body(
        &mut self,
        oid: u32,
        arguments: &[Expression],
    ) -> Result<Option<Expression>, Unreadable> {
        if self.calls.contains(&oid) || self.calls.len() >= MAX_CALL_DEPTH {
            return Ok(None);
        }
        let Some(text) = self.catalog.body(oid) else {
            self.unread.insert(oid);
            return Ok(None);
        };
        let tree = Node::parse(&text).ok_or(Unreadable)?;
        let queries = tree.records();
        // The result is that of the last query; earlier ones have side effects.
        let [query] = queries[..] else {
            return Ok(None);
        };
        self.calls.push(oid);
        let scope = Scope {
            text: &text,
            depth: 0,
            of_a_policy: false,
            arguments,
        };
        let kind = self.query(query, scope);
        self.calls.pop();
        Ok(Some(match kind? {
            Kind::Select(value) => *value,
            kind => Expression {
                kind,
                result_type: 0,
                span: None,
            },
        }))
    }
}
