//! The expression that a parse tree is read into, and what its parts are.

use std::fmt;
use std::ops::Range;

use super::procedural::Mentions;

/// An expression. Equal: what they compute is equal, wherever they stand.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) kind: Kind,
    /// The OID of the result's type; 0 where it does not matter.
    pub(crate) result_type: u32,
    /// Where it stands in the text of the tree; `None` inside of a function's body.
    pub(crate) span: Option<Range<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Text(String),
    Texts(Vec<String>),
    /// Any other constant, as it is written in the tree.
    Constant(String),
    /// A column of the row in question.
    Column(i16),
    /// A column of another row, as it is written in the tree.
    OtherColumn(String),
    /// `current_setting('…')`, nothing and the empty text being the same.
    Setting(String),
    /// All claims, as JSON.
    Claims {
        parsed: bool,
    },
    /// The claim at a path. Parsed: out of the setting, at each row.
    Claim {
        path: Vec<String>,
        parsed: bool,
    },
    /// One of our functions that answer who is asking, by its C symbol.
    Reader {
        symbol: String,
        arguments: Vec<Expression>,
    },
    /// `current_user` and its like.
    DatabaseRole(String),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Equal(Box<Operands>),
    /// `IS NOT DISTINCT FROM`.
    Same(Box<Operands>),
    IsNull(Box<Expression>),
    /// `IS TRUE`, `IS FALSE`.
    Is {
        value: bool,
        operand: Box<Expression>,
    },
    Coalesce(Vec<Expression>),
    NullIf(Box<Operands>),
    /// `CASE WHEN … THEN …`, with what ELSE says last.
    Case {
        branches: Vec<(Expression, Expression)>,
        otherwise: Box<Expression>,
    },
    /// Another type. Relabelled: of the same bytes, so that an index serves it.
    Cast {
        operand: Box<Expression>,
        relabelled: bool,
    },
    /// `(SELECT …)` without FROM: its value, computed once for a statement if it has no column in it.
    Select(Box<Expression>),
    /// What a query gives that reads tables.
    Query(Vec<Expression>),
    /// A call of a function with the expression that its body is, if it is one.
    Call {
        function: u32,
        /// What is known of whether it asks, apart from its arguments and its body.
        depends_on_user: UserDependence,
        /// It may give another value at each call.
        volatile: bool,
        /// What its words tell, where it is in PL/pgSQL.
        mentions: Mentions,
        arguments: Vec<Expression>,
        body: Option<Box<Expression>>,
    },
    /// Anything else, of these parts.
    Other {
        tag: String,
        parts: Vec<Expression>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operands {
    pub(crate) left: Expression,
    pub(crate) right: Expression,
    /// Equal means equal bytes.
    pub(crate) deterministic: bool,
}

/// Whether an expression depends on who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserDependence {
    /// It does not.
    No,
    /// It calls a function whose body is not known.
    Perhaps,
    /// It does.
    Yes,
}

impl UserDependence {
    /// How it is called in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            UserDependence::No => "no",
            UserDependence::Perhaps => "perhaps",
            UserDependence::Yes => "yes",
        }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Expression {
    pub(crate) fn parts(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Null
            | Kind::Boolean(_)
            | Kind::Text(_)
            | Kind::Texts(_)
            | Kind::Constant(_)
            | Kind::Column(_)
            | Kind::OtherColumn(_)
            | Kind::Setting(_)
            | Kind::Claims { .. }
            | Kind::Claim { .. }
            | Kind::DatabaseRole(_) => Vec::new(),
            Kind::Reader { arguments, .. } => arguments.iter().collect(),
            Kind::And(parts)
            | Kind::Or(parts)
            | Kind::Coalesce(parts)
            | Kind::Query(parts)
            | Kind::Other { parts, .. } => parts.iter().collect(),
            Kind::Not(part)
            | Kind::IsNull(part)
            | Kind::Is { operand: part, .. }
            | Kind::Cast { operand: part, .. }
            | Kind::Select(part) => vec![part],
            Kind::Equal(both) | Kind::Same(both) | Kind::NullIf(both) => vec![&both.left, &both.right],
            Kind::Case { branches, otherwise } => branches
                .iter()
                .flat_map(|(when, then)| [when, then])
                .chain([otherwise.as_ref()])
                .collect(),
            Kind::Call { arguments, body, .. } => arguments.iter().chain(body.as_deref()).collect(),
        }
    }

    /// Its parts as far as they are written where it is: not the body of the function that it calls.
    pub(crate) fn written_parts(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Call { arguments, .. } => arguments.iter().collect(),
            _ => self.parts(),
        }
    }

    /// It and everything that it is made of, the bodies of functions included.
    pub(crate) fn everything(&self) -> Vec<&Expression> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(expression) = found.get(next).copied() {
            found.extend(expression.parts());
            next += 1;
        }
        found
    }

    pub(crate) fn depends_on_user(&self) -> UserDependence {
        let of_part = |expression: &Expression| match &expression.kind {
            Kind::Setting(_)
            | Kind::Claims { .. }
            | Kind::Claim { .. }
            | Kind::Reader { .. }
            | Kind::DatabaseRole(_) => UserDependence::Yes,
            Kind::Call { depends_on_user, .. } => *depends_on_user,
            _ => UserDependence::No,
        };
        self.everything()
            .into_iter()
            .map(of_part)
            .max()
            .unwrap_or(UserDependence::No)
    }

    /// The columns of the row in question.
    pub(crate) fn columns(&self) -> std::collections::BTreeSet<i16> {
        let columns = self.everything().into_iter().filter_map(|part| match part.kind {
            Kind::Column(number) => Some(number),
            _ => None,
        });
        columns.collect()
    }

    /// It is the same for every row.
    pub(crate) fn is_of_no_row(&self) -> bool {
        let of_a_row = |part: &&Expression| matches!(part.kind, Kind::Column(_) | Kind::OtherColumn(_));
        !self.everything().iter().any(of_a_row)
    }

    /// It gives one value in all of a statement.
    pub(crate) fn is_the_same_for_every_row(&self) -> bool {
        let volatile = |part: &&Expression| matches!(part.kind, Kind::Call { volatile: true, .. });
        self.is_of_no_row() && !self.everything().iter().any(volatile)
    }

    /// Without what is around it and changes no value: a cast to a type of the same bytes, a sub-select, a
    /// function without arguments.
    pub(crate) fn without_relabelling(&self) -> &Expression {
        match &self.kind {
            Kind::Cast {
                operand,
                relabelled: true,
            }
            | Kind::Select(operand) => operand.without_relabelling(),
            Kind::Call {
                body: Some(body),
                arguments,
                ..
            } if arguments.is_empty() => body.without_relabelling(),
            _ => self,
        }
    }

    /// Without casts and sub-selects around it.
    pub(crate) fn bare(&self) -> &Expression {
        match &self.kind {
            Kind::Cast { operand, .. } | Kind::Select(operand) => operand.bare(),
            Kind::Call {
                body: Some(body),
                arguments,
                ..
            } if arguments.is_empty() => body.bare(),
            _ => self,
        }
    }
}
