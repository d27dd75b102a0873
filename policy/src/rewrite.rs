//! Replacements that improve an expression: ranges in the text of its tree, and the SQL for each.
//!
//! Invariant: a replacement has the type of the part that it replaces; otherwise the surrounding tree would
//! be invalid.

use std::ops::Range;
use std::str::FromStr;

use crate::catalog::Catalog;
use crate::claim_reads;
use crate::expression::{of_policy, Expression, Kind};
use crate::tree::type_oids::{JSONB, TEXT, VARCHAR};
use crate::truth::opens_without;
use crate::unreadable::Unreadable;
use clerk_rls_core::{Field, Layout};

/// What a rewrite improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Calls readers instead of parsing claims for each row.
    NativeReaders,
    /// Reads metadata that the backend writes instead of metadata that the user writes.
    TrustedMetadata,
    /// Reads paths instead of keys with dots.
    SplitKeys,
    /// Reads the user's ID instead of converting the subject to a uuid.
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

/// The replacement of a part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// An expression in SQL. Names of readers are not schema-qualified.
    Sql(String),
    /// The part itself, moved into a sub-select, so that it is computed once per statement.
    Once,
}

/// The parts of a policy to replace, as byte ranges of the tree's text in ascending order. No range contains
/// another. `layout` says which claims the readers return.
///
/// # Errors
/// [`Unreadable`] if the text is not a parse tree or exceeds the bounds of [`limits`](crate::limits).
pub fn rewrite(
    tree: &str,
    catalog: &mut dyn Catalog,
    layout: &Layout,
    purpose: Purpose,
) -> Result<Vec<(Range<usize>, Replacement)>, Unreadable> {
    let expression = of_policy(tree, catalog)?.expression;
    let rewriting = Rewriting {
        whole: &expression,
        layout,
        purpose,
    };
    let mut found = Vec::new();
    rewriting.collect(&expression, &mut found);
    found.sort_by_key(|(span, _)| span.start);
    found.dedup();
    Ok(found)
}

/// Whether an expression calls only built-in functions and readers. The SQL of a replacement names functions
/// without a schema, so a name could resolve to a user-defined function.
pub fn calls_only_known_functions(tree: &str, catalog: &mut dyn Catalog) -> bool {
    let found = of_policy(tree, catalog);
    found.is_ok_and(|policy| {
        let everything = policy.expression.everything();
        !everything
            .iter()
            .any(|part| matches!(part.kind, Kind::Call { .. }))
    })
}

struct Rewriting<'e> {
    whole: &'e Expression,
    layout: &'e Layout,
    purpose: Purpose,
}

impl Rewriting<'_> {
    fn collect(&self, part: &Expression, found: &mut Vec<(Range<usize>, Replacement)>) {
        if let Some(span) = &part.span {
            if let Some(replacement) = self.replacement(part) {
                found.push((span.clone(), replacement));
                return;
            }
        }
        // A sub-select is already computed once.
        let skips_calls = self.purpose == Purpose::NativeReaders && matches!(part.kind, Kind::Select(_));
        for inside in part.written_parts() {
            if !(skips_calls && matches!(inside.kind, Kind::Call { .. })) {
                self.collect(inside, found);
            }
        }
    }

    /// The replacement of a part, if there is one. A reader returns NULL more often than a claim is NULL, for
    /// example for a pending session or a machine. It replaces a part only if that makes no more rows
    /// visible.
    fn replacement(&self, part: &Expression) -> Option<Replacement> {
        let is_safe = || !opens_without(self.whole, part);
        match self.purpose {
            Purpose::NativeReaders => {
                let by_reader = self.native_reader(part)?;
                let reader = by_reader.filter(|_| is_safe()).map(Replacement::Sql);
                reader.or_else(|| part.is_constant_per_statement().then_some(Replacement::Once))
            }
            Purpose::TrustedMetadata => {
                let trusted = |name: &String| vec![trusted(name).to_owned()];
                self.claim_elsewhere(part, trusted).filter(|_| is_safe())
            }
            Purpose::SplitKeys => self.claim_elsewhere(part, |key| match claim_reads::is_dotted(key) {
                true => key.split('.').map(str::to_owned).collect(),
                false => vec![key.clone()],
            }),
            Purpose::UserIds => user_id(part).filter(|_| is_safe()),
        }
    }

    /// `Some` for a part that parses claims for each row; inside it the reader that returns the same value.
    fn native_reader(&self, part: &Expression) -> Option<Option<String>> {
        match &part.kind {
            Kind::Claim { path, parsed: true } => Some(claim(path, part.result_type, self.layout)),
            Kind::Claims { parsed: true } => {
                Some((part.result_type == JSONB).then(|| "requesting_claims()".to_owned()))
            }
            Kind::Call { body, mentions, .. }
                if mentions.claims || body.as_deref().is_some_and(claim_reads::parses) =>
            {
                let body = body.as_ref().filter(|body| body.result_type == part.result_type);
                let native = body.and_then(|body| native_equivalent(body, self.layout));
                Some(native.map(|symbol| format!("{symbol}()")))
            }
            _ => None,
        }
    }

    fn claim_elsewhere(
        &self,
        part: &Expression,
        moved: impl Fn(&String) -> Vec<String>,
    ) -> Option<Replacement> {
        let Kind::Claim { path, .. } = &part.kind else {
            return None;
        };
        let elsewhere: Vec<String> = path.iter().flat_map(moved).collect();
        if elsewhere == *path {
            return None;
        }
        claim(&elsewhere, part.result_type, self.layout).map(Replacement::Sql)
    }
}

fn claim(path: &[String], result_type: u32, layout: &Layout) -> Option<String> {
    let keys: Vec<String> = path.iter().map(|key| literal(key)).collect();
    let keys = keys.join(", ");
    match result_type {
        TEXT => match layout.field_at(path).and_then(symbol_of) {
            Some(symbol) => Some(format!("{symbol}()")),
            None => Some(format!("requesting_claim({keys})")),
        },
        JSONB => Some(format!("requesting_claim_json({keys})")),
        // JSON is not JSONB and has other operators.
        _ => None,
    }
}

fn user_id(expression: &Expression) -> Option<Replacement> {
    let is_uuid_of_the_subject = |part: &Expression| match &part.kind {
        Kind::Call { body: Some(body), .. } => claim_reads::is_subject_as_uuid(body),
        _ => claim_reads::is_subject_as_uuid(part),
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

/// The C symbol of the reader that returns the same value as an expression.
pub(crate) fn native_equivalent(expression: &Expression, layout: &Layout) -> Option<String> {
    let value = expression.without_relabelling();
    let is_text = matches!(expression.result_type, TEXT | VARCHAR);
    match &value.kind {
        _ if claim_reads::is_subject_as_uuid(value) => Some("requesting_user_uuid".to_owned()),
        Kind::Claim { path, .. } if is_text && value.result_type == TEXT => {
            layout.field_at(path).and_then(symbol_of).map(str::to_owned)
        }
        // Each part reads one of Clerk's two token versions.
        Kind::Coalesce(parts) if is_text => {
            let symbols: Option<Vec<String>> =
                parts.iter().map(|part| native_equivalent(part, layout)).collect();
            let mut symbols = symbols?;
            symbols.dedup();
            match &symbols[..] {
                [only] if only == "requesting_org_id" => Some(only.clone()),
                _ => None,
            }
        }
        Kind::Claims { .. } if expression.result_type == JSONB && value.result_type == JSONB => {
            Some("requesting_claims".to_owned())
        }
        Kind::Reader { symbol, arguments }
            if arguments.is_empty() && value.result_type == expression.result_type =>
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
        Field::SessionId => Some("requesting_session_id"),
        Field::ActorId => Some("requesting_actor_id"),
        Field::Role => Some("requesting_role"),
        Field::Email => Some("requesting_email"),
        // The reader adds a prefix to roles, which the claim need not have.
        Field::OrgRole | Field::Permissions => None,
    }
}

/// A text as a SQL literal that is valid under both values of `standard_conforming_strings`.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match quoted.contains('\\') {
        true => format!("E'{}'", quoted.replace('\\', "\\\\")),
        false => format!("'{quoted}'"),
    }
}
