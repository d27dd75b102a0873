//! Parse trees as PostgreSQL prints them, and the database to which they belong.

use crate::*;

pub(super) const TEXT_EQUALS: u32 = 98;
pub(super) const READERS: [(u32, &str); 7] = [
    (9001, "requesting_user_id"),
    (9002, "requesting_user_uuid"),
    (9003, "requesting_org_id"),
    (9004, "requesting_user_has"),
    (9005, "requesting_claim"),
    (9006, "requesting_claims"),
    (9007, "requesting_org_ids"),
];
pub(super) const CURRENT_SETTING: u32 = 3294;
pub(super) const JSON_FIELD_TEXT: u32 = 3947;
pub(super) const JSON_FIELD: u32 = 3948;
/// Supabase's `auth.uid()`, the guides' `requesting_user_id()`, and a PL/pgSQL function.
pub(super) const AUTH_UID: u32 = 20001;
pub(super) const GUIDE: u32 = 20002;
pub(super) const PLPGSQL: u32 = 20003;
/// A volatile PL/pgSQL function that reads claims.
pub(super) const VOLATILE: u32 = 20007;
/// A function that uses its argument twice.
pub(super) const TWICE: u32 = 20006;
/// A function that calls itself.
pub(super) const RECURSIVE: u32 = 20004;

/// A PL/pgSQL function that reads claims.
pub(super) const WORDS: u32 = 20005;

pub(super) struct Database;

impl Catalog for Database {
    fn function(&mut self, oid: u32) -> Option<Function> {
        let name = match oid {
            CURRENT_SETTING => "current_setting",
            JSON_FIELD_TEXT => "json_object_field_text",
            JSON_FIELD => "json_object_field",
            401 => "text",
            AUTH_UID | GUIDE | PLPGSQL | RECURSIVE | WORDS | TWICE | VOLATILE => "by_somebody",
            _ => READERS.iter().find(|(known, _)| *known == oid)?.1,
        };
        Some(Function {
            name: name.to_owned(),
            is_built_in: oid < 9000,
            is_volatile: oid == VOLATILE,
            is_sql: oid > 20000 && oid != PLPGSQL && oid != WORDS && oid != VOLATILE,
            procedural: (oid == WORDS || oid == VOLATILE).then(|| {
                "begin return current_setting('request.jwt.claims')::json->>'x' = 'y'; end".to_owned()
            }),
            symbol: READERS
                .iter()
                .find(|(known, _)| *known == oid)
                .map(|(_, symbol)| (*symbol).to_owned()),
        })
    }

    fn body(&mut self, oid: u32) -> Option<String> {
        match oid {
            AUTH_UID => Some(format!("({})", select(&as_uuid(&claim("sub"))))),
            GUIDE => Some(format!("({})", select(&null_if_empty(&claim("sub"))))),
            TWICE => {
                let argument = "{PARAM :paramkind 0 :paramid 1}";
                Some(format!("({})", select(&combined("and", &[argument, argument]))))
            }
            RECURSIVE => Some(format!("({})", select(&call(RECURSIVE, 25, &[])))),
            _ => None,
        }
    }

    fn operator(&mut self, oid: u32) -> Option<String> {
        (oid < 16384).then(|| if oid == TEXT_EQUALS { "=" } else { "->>" }.to_owned())
    }

    fn is_plain(&mut self, type_oid: u32) -> bool {
        type_oid < 16384
    }

    fn is_deterministic(&mut self, collation: u32) -> bool {
        collation != 666
    }
}

pub(super) fn column(number: i16) -> String {
    format!("{{VAR :varno 1 :varattno {number} :vartype 25 :varlevelsup 0}}")
}

pub(super) fn text(value: &str) -> String {
    let bytes: Vec<String> = value.bytes().map(|byte| (byte as i8).to_string()).collect();
    let header = ((value.len() as u32 + 4) << 2)
        .to_le_bytes()
        .map(|byte| (byte as i8).to_string())
        .join(" ");
    format!(
        "{{CONST :consttype 25 :constisnull false :constvalue {} [ {header} {} ]}}",
        value.len() + 4,
        bytes.join(" ")
    )
}

pub(super) fn boolean(value: bool) -> String {
    format!(
        "{{CONST :consttype 16 :constisnull false :constvalue 1 [ {} 0 0 0 0 0 0 0 ]}}",
        u8::from(value)
    )
}

pub(super) fn call(oid: u32, result_type: u32, arguments: &[&str]) -> String {
    format!(
        "{{FUNCEXPR :funcid {oid} :funcresulttype {result_type} :funcformat 0 :args ({})}}",
        arguments.join(" ")
    )
}

pub(super) fn user_id() -> String {
    call(9001, 25, &[])
}

pub(super) fn org_id() -> String {
    call(9003, 25, &[])
}

pub(super) fn compared(operator: u32, collation: u32, left: &str, right: &str) -> String {
    format!("{{OPEXPR :opno {operator} :opfuncid 67 :opresulttype 16 :inputcollid {collation} :args ({left} {right})}}")
}

pub(super) fn equal(left: &str, right: &str) -> String {
    compared(TEXT_EQUALS, 100, left, right)
}

pub(super) fn combined(operator: &str, parts: &[&str]) -> String {
    format!("{{BOOLEXPR :boolop {operator} :args ({})}}", parts.join(" "))
}

pub(super) fn is_null(part: &str) -> String {
    format!("{{NULLTEST :arg {part} :nulltesttype 0 :argisrow false}}")
}

pub(super) fn is_not_null(part: &str) -> String {
    format!("{{NULLTEST :arg {part} :nulltesttype 1 :argisrow false}}")
}

pub(super) fn coalesce(parts: &[&str]) -> String {
    format!("{{COALESCEEXPR :coalescetype 25 :args ({})}}", parts.join(" "))
}

pub(super) fn null_if_empty(part: &str) -> String {
    format!(
        "{{NULLIFEXPR :opno {TEXT_EQUALS} :opresulttype 25 :inputcollid 100 :args ({part} {})}}",
        text("")
    )
}

/// `current_setting('request.jwt.claims', true)::json`.
pub(super) fn claims() -> String {
    let setting = call(
        CURRENT_SETTING,
        25,
        &[&text("request.jwt.claims"), &boolean(true)],
    );
    format!("{{COERCEVIAIO :arg {setting} :resulttype 114}}")
}

pub(super) fn claim(key: &str) -> String {
    format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD_TEXT} :opresulttype 25 :args ({} {})}}",
        claims(),
        text(key)
    )
}

pub(super) fn nested_claim(first: &str, second: &str) -> String {
    let outer = format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD} :opresulttype 114 :args ({} {})}}",
        claims(),
        text(first)
    );
    format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD_TEXT} :opresulttype 25 :args ({outer} {})}}",
        text(second)
    )
}

pub(super) fn as_uuid(part: &str) -> String {
    format!("{{COERCEVIAIO :arg {part} :resulttype 2950}}")
}

pub(super) fn as_text(part: &str) -> String {
    format!("{{COERCEVIAIO :arg {part} :resulttype 25}}")
}

pub(super) fn select(value: &str) -> String {
    format!("{{QUERY :commandType 1 :rtable <> :cteList <> :jointree {{FROMEXPR :fromlist <> :quals <>}} :targetList ({{TARGETENTRY :expr {value}}}) :hasAggs false}}")
}

pub(super) fn sub_select(value: &str) -> String {
    format!(
        "{{SUBLINK :subLinkType 4 :testexpr <> :subselect {}}}",
        select(value)
    )
}

/// `EXISTS (SELECT FROM other WHERE condition)`; the row's columns are one level up.
pub(super) fn exists(condition: &str) -> String {
    let condition = condition.replace(":varlevelsup 0", ":varlevelsup 1");
    format!("{{SUBLINK :subLinkType 0 :testexpr <> :subselect {{QUERY :commandType 1 :rtable ({{RANGETBLENTRY :relid 5}}) :jointree {{FROMEXPR :fromlist ({{RANGETBLREF :rtindex 1}}) :quals {condition}}} :targetList <>}}}}")
}

pub(super) fn inspected(tree: &str) -> Inspection {
    inspect(tree, &mut Database).expect("a readable tree")
}

pub(super) fn numbers(columns: &[i16]) -> std::collections::BTreeSet<i16> {
    columns.iter().copied().collect()
}
