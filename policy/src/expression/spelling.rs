//! Unifies the many ways to write a claim.

use super::expression::{Expression, Kind, Operands};

pub(crate) const CLAIMS_SETTING: &str = "request.jwt.claims";
/// PostgREST up to version 11 can put each claim into [a setting of its
/// own](https://docs.postgrest.org/en/v11/references/configuration.html#db-use-legacy-gucs).
const CLAIM_SETTING_PREFIX: &str = "request.jwt.claim.";
/// Supabase's `auth.jwt()` reads this setting, too.
const LEGACY_CLAIMS_SETTING: &str = "request.jwt.claim";

pub(crate) fn negated(kind: Kind) -> Kind {
    Kind::Not(Box::new(Expression {
        kind,
        result_type: 0,
        span: None,
    }))
}

pub(crate) fn cast(operand: Expression, relabelled: bool) -> Kind {
    Kind::Cast {
        operand: Box::new(operand),
        relabelled,
    }
}

/// A comparison with TRUE is the other side; a comparison with FALSE is its negation.
pub(crate) fn equal(both: Operands) -> Kind {
    match (&both.left.kind, &both.right.kind) {
        (Kind::Boolean(true), _) => both.right.kind,
        (_, Kind::Boolean(true)) => both.left.kind,
        (Kind::Boolean(false), _) => negated(both.right.kind),
        (_, Kind::Boolean(false)) => negated(both.left.kind),
        _ => Kind::Equal(Box::new(both)),
    }
}

pub(crate) fn null_if(both: Operands) -> Kind {
    // The readers return NULL for an empty claim.
    let is_empty = matches!(&both.right.bare().kind, Kind::Text(text) if text.is_empty());
    match both.left.kind {
        Kind::Setting(_) | Kind::Claim { .. } if is_empty => both.left.kind,
        _ => Kind::NullIf(Box::new(both)),
    }
}

/// A claim that is also read from PostgREST's legacy settings is the claim itself.
pub(crate) fn coalesce(parts: Vec<Expression>) -> Kind {
    let settings = |part: &Expression| match &part.kind {
        Kind::Setting(name) => Some(name.clone()),
        _ => None,
    };
    if let [first, second] = &parts[..] {
        let pair = [(first, second), (second, first)];
        for (legacy, current) in pair {
            let Some(name) = settings(legacy) else { continue };
            let same = match &current.kind {
                Kind::Claim { path, .. } => name.strip_prefix(CLAIM_SETTING_PREFIX) == Some(&path.join(".")),
                Kind::Setting(current) => name == LEGACY_CLAIMS_SETTING && current == CLAIMS_SETTING,
                _ => false,
            };
            if same {
                return current.kind.clone();
            }
        }
    }
    Kind::Coalesce(parts)
}

pub(crate) fn text(expression: &Expression) -> Option<String> {
    match &expression.bare().kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

pub(crate) fn claim_below(container: &Expression, keys: &[String]) -> Option<Kind> {
    match &container.bare().kind {
        Kind::Claims { parsed } => Some(Kind::Claim {
            path: keys.to_vec(),
            parsed: *parsed,
        }),
        Kind::Claim { path, parsed } => Some(Kind::Claim {
            path: [path.as_slice(), keys].concat(),
            parsed: *parsed,
        }),
        _ => None,
    }
}

/// A path that is an array of texts.
pub(crate) fn path(expression: &Expression) -> Option<Vec<String>> {
    match &expression.bare().kind {
        Kind::Texts(texts) => Some(texts.clone()),
        Kind::Other { tag, parts } if tag.starts_with("ARRAYEXPR@") => parts.iter().map(text).collect(),
        _ => None,
    }
}

/// A call of one of this extension's functions.
pub(crate) fn reader(symbol: String, arguments: Vec<Expression>) -> Kind {
    match (symbol.as_str(), &arguments[..]) {
        ("requesting_claims", []) => Kind::Claims { parsed: false },
        ("requesting_claim" | "requesting_claim_json", [keys]) => match path(keys) {
            Some(path) => Kind::Claim { path, parsed: false },
            None => Kind::Reader { symbol, arguments },
        },
        ("user_uuid", _) => Kind::Other {
            tag: symbol,
            parts: arguments,
        },
        _ => Kind::Reader { symbol, arguments },
    }
}

pub(crate) fn built_in(oid: u32, name: &str, is_cast: bool, arguments: Vec<Expression>) -> Kind {
    let claim = match (name, &arguments[..]) {
        ("current_setting", [setting, ..]) => text(setting).map(|name| Kind::Setting(name.to_lowercase())),
        (
            "json_object_field" | "json_object_field_text" | "jsonb_object_field" | "jsonb_object_field_text",
            [of, key],
        ) => text(key).and_then(|key| claim_below(of, &[key])),
        (
            "json_extract_path" | "json_extract_path_text" | "jsonb_extract_path" | "jsonb_extract_path_text",
            [of, keys],
        ) => path(keys).and_then(|keys| claim_below(of, &keys)),
        _ => None,
    };
    if let Some(claim) = claim {
        return claim;
    }
    let mut arguments = arguments;
    match arguments.pop() {
        Some(operand) if is_cast && arguments.is_empty() => cast(operand, false),
        last => {
            arguments.extend(last);
            Kind::Other {
                tag: format!("{name}/{oid}"),
                parts: arguments,
            }
        }
    }
}
