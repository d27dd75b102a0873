//! Which claims an expression reads, and how.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::expression::{Expression, Kind, UserDependence, USER_WRITTEN_CLAIMS};
use crate::tree::type_oids::UUID;

/// The names of claims it reads that the user writes.
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

/// Keys with dots in them that were meant as paths.
pub(crate) fn dotted_keys(expression: &Expression) -> Vec<String> {
    let keys = paths(expression).into_iter().flatten();
    let mut keys: Vec<String> = keys.filter(|key| is_dotted(key)).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

/// `o.id`, but not `https://example.com/roles` or `example.com/roles`, which are names of claims.
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

/// How the claims are parsed anew for each row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedForEachRow {
    /// In the expression itself.
    pub(crate) directly: bool,
    /// In the bodies of these functions: those it calls, and those that they call in turn.
    pub(crate) by_functions: BTreeSet<u32>,
}

/// A sub-select without columns is computed once for a statement, so what is in there is not counted.
pub(crate) fn parsed_for_each_row(expression: &Expression) -> ParsedForEachRow {
    let mut found = ParsedForEachRow::default();
    collect(expression, &mut found);
    found
}

fn collect(expression: &Expression, found: &mut ParsedForEachRow) {
    match &expression.kind {
        Kind::Select(part) if part.is_of_no_row() => return,
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

/// The functions that parse, of a call and of those in the bodies and arguments of it.
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

/// It has a claim out of the setting in it, or calls a function that reads one there.
pub(crate) fn parses(expression: &Expression) -> bool {
    expression.everything().into_iter().any(|part| match &part.kind {
        Kind::Claim { parsed, .. } | Kind::Claims { parsed } => *parsed,
        Kind::Call { mentions, .. } => mentions.claims,
        _ => false,
    })
}

/// The subject, converted into a uuid: an error for a Clerk ID.
pub(crate) fn is_subject_as_uuid(expression: &Expression) -> bool {
    match &expression.kind {
        Kind::Cast { operand, .. } if expression.result_type == UUID => {
            matches!(&operand.without_relabelling().kind, Kind::Claim { path, parsed: true } if path.as_slice() == ["sub"])
        }
        _ => false,
    }
}

/// The largest parts that depend on who is asking and on no row: what an explanation shows.
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
                && expression.is_of_no_row() =>
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
