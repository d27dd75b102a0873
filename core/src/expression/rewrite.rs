//! How an expression could be written better: places in the text of its tree, and the SQL for each.
//!
//! Invariant: a replacement has the type of what it replaces, or the tree around it would be wrong.

use std::ops::Range;
use std::str::FromStr;

use super::{build, reads, Catalog, Expression, Kind, Unreadable};
use crate::layout::{Field, Layout};

pub(super) const TEXT: u32 = 25;
const VARCHAR: u32 = 1043;
pub(super) const JSONB: u32 = 3802;

/// What a rewriting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Readers in place of claims that are parsed for each row.
    NativeReaders,
    /// Metadata that the backend writes in place of what the user writes.
    TrustedMetadata,
    /// Paths in place of keys with dots.
    SplitKeys,
    /// The user's ID in place of a subject that is converted into a uuid.
    UserIds,
}

impl Purpose {
    const NAMES: [(&'static str, Purpose); 4] = [
        ("native_readers", Purpose::NativeReaders),
        ("trusted_metadata", Purpose::TrustedMetadata),
        ("split_keys", Purpose::SplitKeys),
        ("user_ids", Purpose::UserIds),
    ];
}

impl FromStr for Purpose {
    type Err = Unreadable;

    fn from_str(name: &str) -> Result<Self, Unreadable> {
        let found = Purpose::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, purpose)| *purpose).ok_or(Unreadable)
    }
}

/// What comes in place of a part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// An expression in SQL. Readers are not qualified.
    Sql(String),
    /// The same in a sub-select, so that it is computed once for a statement.
    Once,
}

/// The parts to replace, none inside of another, from the first to the last.
pub fn rewrite(
    tree: &str,
    catalog: &mut dyn Catalog,
    layout: &Layout,
    purpose: Purpose,
) -> Result<Vec<(Range<usize>, Replacement)>, Unreadable> {
    let expression = build::of_policy(tree, catalog)?;
    let mut found = Vec::new();
    collect(&expression, layout, purpose, &mut found);
    found.sort_by_key(|(span, _)| span.start);
    found.dedup();
    Ok(found)
}

fn collect(
    expression: &Expression,
    layout: &Layout,
    purpose: Purpose,
    found: &mut Vec<(Range<usize>, Replacement)>,
) {
    if let Some(span) = &expression.span {
        if let Some(replacement) = replacement(expression, layout, purpose) {
            found.push((span.clone(), replacement));
            return;
        }
    }
    let is_computed_once = purpose == Purpose::NativeReaders && matches!(expression.kind, Kind::Select(_));
    for part in expression.written_parts() {
        if !(is_computed_once && matches!(part.kind, Kind::Call { .. })) {
            collect(part, layout, purpose, found);
        }
    }
}

fn replacement(expression: &Expression, layout: &Layout, purpose: Purpose) -> Option<Replacement> {
    match (purpose, &expression.kind) {
        (Purpose::NativeReaders, Kind::Claim { path, parsed: true }) => {
            claim(path, expression.result_type, layout)
        }
        (Purpose::NativeReaders, Kind::Claims { parsed: true }) if expression.result_type == JSONB => {
            Some(Replacement::Sql("requesting_claims()".to_owned()))
        }
        (Purpose::NativeReaders, Kind::Call { body, .. }) if reads::parses(expression) => {
            let native = body.as_ref().and_then(|body| {
                native_equivalent(body, layout).filter(|_| body.result_type == expression.result_type)
            });
            match native {
                Some(symbol) => Some(Replacement::Sql(format!("{symbol}()"))),
                None => expression.is_of_no_row().then_some(Replacement::Once),
            }
        }
        (Purpose::TrustedMetadata, Kind::Claim { path, .. }) => {
            let trusted: Vec<String> = path.iter().map(|name| trusted(name).to_owned()).collect();
            if trusted == *path {
                None
            } else {
                claim(&trusted, expression.result_type, layout)
            }
        }
        (Purpose::SplitKeys, Kind::Claim { path, .. }) => {
            let split = |key: &String| match reads::is_dotted(key) {
                true => key.split('.').map(str::to_owned).collect(),
                false => vec![key.clone()],
            };
            let keys: Vec<String> = path.iter().flat_map(split).collect();
            if keys == *path {
                None
            } else {
                claim(&keys, expression.result_type, layout)
            }
        }
        (Purpose::UserIds, _) => user_id(expression),
        _ => None,
    }
}

fn claim(path: &[String], result_type: u32, layout: &Layout) -> Option<Replacement> {
    let keys: Vec<String> = path.iter().map(|key| literal(key)).collect();
    let keys = keys.join(", ");
    match result_type {
        TEXT => match layout.field_at(path).and_then(symbol_of) {
            Some(symbol) => Some(Replacement::Sql(format!("{symbol}()"))),
            None => Some(Replacement::Sql(format!("requesting_claim({keys})"))),
        },
        JSONB => Some(Replacement::Sql(format!("requesting_claim_json({keys})"))),
        // JSON is another type than JSONB, with operators of its own.
        _ => None,
    }
}

fn user_id(expression: &Expression) -> Option<Replacement> {
    let is_uuid_of_the_subject = |part: &Expression| match &part.kind {
        Kind::Call { body: Some(body), .. } => reads::is_subject_as_uuid(body),
        _ => reads::is_subject_as_uuid(part),
    };
    if is_uuid_of_the_subject(expression) {
        return Some(Replacement::Sql("requesting_user_uuid()".to_owned()));
    }
    let Kind::Cast { operand, .. } = &expression.kind else {
        return None;
    };
    let operand = match &operand.kind {
        Kind::Select(inside) => inside,
        _ => operand,
    };
    match expression.result_type {
        TEXT if is_uuid_of_the_subject(operand) => Some(Replacement::Sql("requesting_user_id()".to_owned())),
        VARCHAR if is_uuid_of_the_subject(operand) => Some(Replacement::Sql(
            "requesting_user_id()::pg_catalog.varchar".to_owned(),
        )),
        _ => None,
    }
}

fn trusted(name: &str) -> &str {
    match name {
        "user_metadata" => "app_metadata",
        "unsafe_metadata" => "public_metadata",
        "unsafeMetadata" => "publicMetadata",
        "raw_user_meta_data" => "raw_app_meta_data",
        other => other,
    }
}

/// The reader that answers the same as an expression, by its C symbol.
pub(super) fn native_equivalent(expression: &Expression, layout: &Layout) -> Option<String> {
    let bare = expression.bare();
    let is_text = matches!(expression.result_type, TEXT | VARCHAR);
    match &bare.kind {
        _ if reads::is_subject_as_uuid(expression) => Some("requesting_user_uuid".to_owned()),
        Kind::Claim { path, .. } if is_text && bare.result_type == TEXT => {
            layout.field_at(path).and_then(symbol_of).map(str::to_owned)
        }
        Kind::Claims { .. } if expression.result_type == JSONB && bare.result_type == JSONB => {
            Some("requesting_claims".to_owned())
        }
        Kind::Reader { symbol, arguments }
            if arguments.is_empty() && bare.result_type == expression.result_type =>
        {
            Some(symbol.clone())
        }
        _ => None,
    }
}

fn symbol_of(field: Field) -> Option<&'static str> {
    match field {
        Field::UserId => Some("requesting_user_id"),
        Field::OrgId => Some("requesting_org_id"),
        Field::OrgSlug => Some("requesting_org_slug"),
        Field::OrgRole => Some("requesting_org_role"),
        Field::SessionId => Some("requesting_session_id"),
        Field::ActorId => Some("requesting_actor_id"),
        Field::Role => Some("requesting_role"),
        Field::Email => Some("requesting_email"),
        Field::Permissions => None,
    }
}

/// A text as SQL writes it, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match quoted.contains('\\') {
        true => format!("E'{}'", quoted.replace('\\', "\\\\")),
        false => format!("'{quoted}'"),
    }
}
