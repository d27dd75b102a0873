//! The columns that tie a row to who is asking.

use std::collections::BTreeSet;

use crate::expression::{Expression, Kind, Operands, UserDependence};
use crate::truth::{is_always_true, Scenario};

/// The columns that are compared for equality with who is asking, wherever in the expression.
pub(crate) fn owner_columns(expression: &Expression) -> BTreeSet<i16> {
    let mut columns = BTreeSet::new();
    for part in combined(expression) {
        columns.extend(equality(part).and_then(|(column, _)| column_of(column)));
    }
    columns
}

/// Comparisons of an owner column, with the column's side.
pub(crate) fn equalities(expression: &Expression) -> Vec<(&Operands, &Expression)> {
    combined(expression)
        .into_iter()
        .filter_map(|part| match &part.kind {
            Kind::Equal(both) => equality(part).map(|(column, _)| (both.as_ref(), column)),
            _ => None,
        })
        .collect()
}

/// What would have to be indexed so that no sequential scan is needed: of each group one column. No group:
/// an index would not help.
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

/// The columns that cannot be just anything where the expression is true, because they are tied to who is
/// asking; `None` where all are as good as that: it never is true, or only for whoever has a certain right.
pub(crate) fn pinned_columns(expression: &Expression) -> Option<BTreeSet<i16>> {
    match &expression.kind {
        Kind::Null | Kind::Boolean(false) => None,
        // Behind a gate all of it is.
        Kind::And(parts) => parts
            .iter()
            .map(pinned_columns)
            .try_fold(BTreeSet::new(), |all, pinned| pinned.map(|pinned| &all | &pinned)),
        Kind::Or(parts) => parts.iter().filter_map(pinned_columns).reduce(|a, b| &a & &b),
        Kind::Select(part) | Kind::Cast { operand: part, .. } => pinned_columns(part),
        _ if expression.depends_on_user() == UserDependence::No => Some(BTreeSet::new()),
        _ => {
            let columns = expression.columns();
            // A role, a permission, a membership: whoever has it may do this, whatever the row. Being signed
            // in is none.
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

/// A column, with what is around it, and who is asking, that are compared.
fn equality(expression: &Expression) -> Option<(&Expression, &Expression)> {
    let Kind::Equal(both) = &expression.kind else {
        return None;
    };
    let sides = [(&both.left, &both.right), (&both.right, &both.left)];
    sides.into_iter().find(|(column, user)| {
        column_of(column).is_some() && user.is_of_no_row() && user.depends_on_user() == UserDependence::Yes
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
