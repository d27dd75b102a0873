//! The columns that tie a row to the requesting user.

use std::collections::BTreeSet;

use crate::expression::{Expression, Kind, Operands, UserDependence};
use crate::truth::{is_always_true, Scenario};

/// The columns that are compared for equality with the requesting user, anywhere in the expression.
pub(crate) fn owner_columns(expression: &Expression) -> BTreeSet<i16> {
    let mut columns = BTreeSet::new();
    for part in combined(expression) {
        columns.extend(equality(part).and_then(|(column, _)| column_of(column)));
    }
    columns
}

/// The comparisons of owner columns, each with the side that contains the column.
pub(crate) fn equalities(expression: &Expression) -> Vec<(&Operands, &Expression)> {
    combined(expression)
        .into_iter()
        .filter_map(|part| match &part.kind {
            Kind::Equal(both) => equality(part).map(|(column, _)| (both.as_ref(), column)),
            _ => None,
        })
        .collect()
}

/// The groups of columns to index: the expression avoids a sequential scan if one column of each group has an
/// index. Empty if no index would help.
pub(crate) fn index_groups(expression: &Expression) -> Vec<BTreeSet<i16>> {
    match &expression.kind {
        Kind::And(parts) => {
            let groups: Vec<_> = parts
                .iter()
                .map(index_groups)
                .filter(|groups| !groups.is_empty())
                .collect();
            match groups
                .iter()
                .filter(|groups| groups.len() == 1)
                .flatten()
                .cloned()
                .reduce(|a, b| &a | &b)
            {
                Some(any) => vec![any],
                None => groups.into_iter().next().unwrap_or_default(),
            }
        }
        Kind::Or(parts) => {
            let groups: Vec<_> = parts.iter().map(index_groups).collect();
            if groups.iter().any(Vec::is_empty) {
                Vec::new()
            } else {
                groups.concat()
            }
        }
        _ => {
            let column = equality(expression).map(|(column, _)| column);
            let column = column.and_then(|column| match &column.kind {
                Kind::Cast {
                    operand,
                    relabelled: true,
                } => number(operand),
                _ => number(column),
            });
            column
                .map(|column| vec![BTreeSet::from([column])])
                .unwrap_or_default()
        }
    }
}

/// The columns whose values the expression restricts to those of the requesting user. `None` if all columns
/// are as good as restricted: the expression is never true, or true only for users with a certain right.
pub(crate) fn pinned_columns(expression: &Expression) -> Option<BTreeSet<i16>> {
    match &expression.kind {
        Kind::Null | Kind::Boolean(false) => None,
        // Such a right restricts the other parts as well.
        Kind::And(parts) => parts
            .iter()
            .map(pinned_columns)
            .try_fold(BTreeSet::new(), |all, pinned| pinned.map(|pinned| &all | &pinned)),
        Kind::Or(parts) => parts.iter().filter_map(pinned_columns).reduce(|a, b| &a & &b),
        Kind::Select(part) | Kind::Cast { operand: part, .. } => pinned_columns(part),
        _ if expression.depends_on_user() == UserDependence::No => Some(BTreeSet::new()),
        _ => {
            let columns = expression.columns();
            // A role, a permission or a membership is a right: it allows access to any row. Being signed in
            // is not.
            let is_gate = columns.is_empty() && is_always_true(expression, Scenario::User) == Ok(false);
            (!is_gate).then_some(columns)
        }
    }
}

/// The parts of AND and OR, and the whole.
fn combined(expression: &Expression) -> Vec<&Expression> {
    match &expression.kind {
        Kind::And(parts) | Kind::Or(parts) => parts.iter().flat_map(combined).collect(),
        Kind::Select(part) => combined(part),
        Kind::Call { body: Some(body), .. } => combined(body),
        _ => vec![expression],
    }
}

/// The two sides of a comparison of a column with the requesting user: first the column's.
fn equality(expression: &Expression) -> Option<(&Expression, &Expression)> {
    let Kind::Equal(both) = &expression.kind else {
        return None;
    };
    let sides = [(&both.left, &both.right), (&both.right, &both.left)];
    sides.into_iter().find(|(column, user)| {
        column_of(column).is_some() && user.has_no_column() && user.depends_on_user() == UserDependence::Yes
    })
}

fn column_of(expression: &Expression) -> Option<i16> {
    match &expression.kind {
        Kind::Cast { operand, .. } => column_of(operand),
        _ => number(expression),
    }
}

fn number(expression: &Expression) -> Option<i16> {
    match expression.kind {
        Kind::Column(number) => Some(number),
        _ => None,
    }
}
