//! Lists of schemas, as in
//! [`search_path`](https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH).

/// Moves the temporary schema to the end of a search path. By default PostgreSQL searches it first, for types
/// even before `pg_catalog`, so a session could define its own type `text`.
pub fn with_temporary_last(path: &str) -> String {
    let is_none = |name: &&str| matches!(*name, "" | "\"\"");
    let is_temporary = |name: &&str| name.eq_ignore_ascii_case("pg_temp") || *name == "\"pg_temp\"";
    let mut names: Vec<&str> = names(path)
        .into_iter()
        .map(str::trim)
        .filter(|name| !is_none(name) && !is_temporary(name))
        .collect();
    names.push("pg_temp");
    names.join(", ")
}

/// The names as written. A comma inside double quotes belongs to the name.
fn names(path: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_between = |character: char| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    };
    path.split(is_between).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_schema_is_the_last() {
        for (path, expected) in [
            ("", "pg_temp"),
            ("\"\"", "pg_temp"),
            ("public", "public, pg_temp"),
            ("pg_temp, public", "public, pg_temp"),
            ("\"pg_temp\",PG_TEMP , public", "public, pg_temp"),
            ("\"$user\", public", "\"$user\", public, pg_temp"),
            ("\"a, pg_temp\", b", "\"a, pg_temp\", b, pg_temp"),
            ("\"a\"\",b\"", "\"a\"\",b\", pg_temp"),
        ] {
            assert_eq!(with_temporary_last(path), expected, "{path}");
        }
    }
}
