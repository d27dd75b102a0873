//! Which claims an expression reads, and how.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::expression::{Expression, Kind, UserDependence, USER_WRITTEN_CLAIMS};
use crate::tree::type_oids::UUID;

/// The names of the claims in the expression that the user can write.
pub(crate) fn written_by_the_user(expression: &Expression) -> Vec<String> {
    let mut names: Vec<String> = paths(expression)
        .into_iter()
        .flatten()
        .filter(|name| USER_WRITTEN_CLAIMS.contains(&name.as_str()))
        .cloned()
        .collect();
    for part in expression.everything() {
        if let Kind::Call { mentions, .. } = &part.kind {
            names.extend(mentions.written_by_the_user.map(str::to_owned));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Keys with dots that were meant as paths.
pub(crate) fn dotted_keys(expression: &Expression) -> Vec<String> {
    let keys = paths(expression).into_iter().flatten();
    let mut keys: Vec<String> = keys.filter(|key| is_dotted(key)).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Whether a key such as `o.id` was meant as a path. `https://example.com/roles` and `example.com/roles` are
/// names of claims.
pub(crate) fn is_dotted(key: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    key.contains('.') && key.split('.').all(is_name)
}

fn paths(expression: &Expression) -> Vec<&Vec<String>> {
    let paths = expression
        .everything()
        .into_iter()
        .filter_map(|part| match &part.kind {
            Kind::Claim { path, .. } => Some(path),
            _ => None,
        });
    paths.collect()
}

/// Where an expression parses the claims again for each row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedForEachRow {
    /// In the expression itself.
    pub(crate) directly: bool,
    /// In the bodies of these functions: those that the expression calls, and those that they call.
    pub(crate) by_functions: BTreeSet<u32>,
}

/// Where an expression parses the claims again for each row. PostgreSQL computes a sub-select without columns
/// once per statement, so sub-selects are not counted.
pub(crate) fn parsed_for_each_row(expression: &Expression) -> ParsedForEachRow {
    let mut found = ParsedForEachRow::default();
    collect(expression, &mut found);
    found
}

fn collect(expression: &Expression, found: &mut ParsedForEachRow) {
    match &expression.kind {
        Kind::Select(part) if part.has_no_column() => return,
        Kind::Claim { parsed: true, .. } | Kind::Claims { parsed: true } => {
            found.directly = true;
            return;
        }
        Kind::Call { .. } => found.by_functions.extend(parsing_functions(expression)),
        _ => {}
    }
    for part in expression.written_parts() {
        collect(part, found);
    }
}

/// The functions that parse claims: the called one, and those in its body and arguments.
fn parsing_functions(call: &Expression) -> Vec<u32> {
    let calls = call.everything().into_iter().filter_map(|part| match &part.kind {
        Kind::Call {
            function,
            body,
            mentions,
            ..
        } if mentions.claims || body.as_deref().is_some_and(parses) => Some(*function),
        _ => None,
    });
    calls.collect()
}

/// Whether an expression reads a claim from the setting, or calls a function that does.
pub(crate) fn parses(expression: &Expression) -> bool {
    expression.everything().into_iter().any(|part| match &part.kind {
        Kind::Claim { parsed, .. } | Kind::Claims { parsed } => *parsed,
        Kind::Call { mentions, .. } => mentions.claims,
        _ => false,
    })
}

/// Whether an expression converts the subject to a uuid, which fails for a Clerk ID.
pub(crate) fn is_subject_as_uuid(expression: &Expression) -> bool {
    match &expression.kind {
        Kind::Cast { operand, .. } if expression.result_type == UUID => {
            matches!(&operand.without_relabelling().kind, Kind::Claim { path, parsed: true } if path.as_slice() == ["sub"])
        }
        _ => false,
    }
}

/// The largest parts that depend on the requesting user but on no row. An explanation of a policy shows their
/// values.
pub(crate) fn user_parts(expression: &Expression) -> Vec<Range<usize>> {
    let is_combination = matches!(
        expression.kind,
        Kind::And(_)
            | Kind::Or(_)
            | Kind::Not(_)
            | Kind::Equal(_)
            | Kind::Same(_)
            | Kind::IsNull(_)
            | Kind::Is { .. }
    );
    match &expression.span {
        Some(span)
            if !is_combination
                && expression.depends_on_user() == UserDependence::Yes
                && expression.has_no_column() =>
        {
            vec![span.clone()]
        }
        _ => expression
            .written_parts()
            .into_iter()
            .flat_map(user_parts)
            .collect(),
    }
}
