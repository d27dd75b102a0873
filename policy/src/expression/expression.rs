//! Expressions: the form of a policy that this crate reasons about.

use std::fmt;
use std::ops::Range;

use super::procedural::Mentions;

/// An expression. Two expressions are equal if they compute the same value, wherever they occur.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) kind: Kind,
    /// The OID of the result's type; 0 where it does not matter.
    pub(crate) result_type: u32,
    /// The byte range in the text of the tree; `None` inside a function's body.
    pub(crate) span: Option<Range<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Text(String),
    Texts(Vec<String>),
    /// Any other constant, as the tree writes it.
    Constant(String),
    /// A column of the row that the policy checks.
    Column(i16),
    /// A column of another row, as the tree writes it.
    OtherColumn(String),
    /// `current_setting('…')`. A missing setting and an empty text are the same.
    Setting(String),
    /// All claims, as JSON.
    Claims {
        parsed: bool,
    },
    /// The claim at a path. `parsed`: it is parsed from the setting for each row.
    Claim {
        path: Vec<String>,
        parsed: bool,
    },
    /// A call of one of this extension's readers, by its C symbol.
    Reader {
        symbol: String,
        arguments: Vec<Expression>,
    },
    /// `current_user` and similar.
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
    /// `CASE WHEN … THEN …`, and the value of ELSE.
    Case {
        branches: Vec<(Expression, Expression)>,
        otherwise: Box<Expression>,
    },
    /// A cast to another type. `relabelled`: the bytes stay the same, so an index on the operand can be used.
    Cast {
        operand: Box<Expression>,
        relabelled: bool,
    },
    /// `(SELECT …)` without FROM: its value. PostgreSQL computes it once per statement if it contains no
    /// column.
    Select(Box<Expression>),
    /// The parts of a query that reads tables.
    Query(Vec<Expression>),
    /// A call of a function, with its body if the body is an expression.
    Call {
        function: u32,
        /// Whether the function depends on the user, apart from its arguments and its body.
        depends_on_user: UserDependence,
        /// The function may return another value at each call.
        volatile: bool,
        /// What the words of a PL/pgSQL body show.
        mentions: Mentions,
        arguments: Vec<Expression>,
        body: Option<Box<Expression>>,
    },
    /// Any other node, with its parts.
    Other {
        tag: String,
        parts: Vec<Expression>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operands {
    pub(crate) left: Expression,
    pub(crate) right: Expression,
    /// Equal values have equal bytes.
    pub(crate) deterministic: bool,
}

/// Whether an expression depends on the requesting user.
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
    /// The name that SQL functions return.
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

    /// The parts that are written in the expression itself, without the bodies of functions that it calls.
    pub(crate) fn written_parts(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Call { arguments, .. } => arguments.iter().collect(),
            _ => self.parts(),
        }
    }

    /// The expression and all its parts, including the bodies of functions.
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

    /// The columns of the row that the policy checks.
    pub(crate) fn columns(&self) -> std::collections::BTreeSet<i16> {
        let columns = self.everything().into_iter().filter_map(|part| match part.kind {
            Kind::Column(number) => Some(number),
            _ => None,
        });
        columns.collect()
    }

    /// Whether the expression contains no column.
    pub(crate) fn has_no_column(&self) -> bool {
        let of_a_row = |part: &&Expression| matches!(part.kind, Kind::Column(_) | Kind::OtherColumn(_));
        !self.everything().iter().any(of_a_row)
    }

    /// Whether the expression has one value per statement.
    pub(crate) fn is_constant_per_statement(&self) -> bool {
        let volatile = |part: &&Expression| matches!(part.kind, Kind::Call { volatile: true, .. });
        self.has_no_column() && !self.everything().iter().any(volatile)
    }

    /// The expression without wrappers that keep its value: a cast that keeps the bytes, a sub-select, a
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

    /// The expression without casts and sub-selects around it.
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
