//! The meaning of policy expressions and function bodies.
//!
//! The crate `clerk_rls_policy` decides. This module looks up in the system catalogs what a tree refers to,
//! and turns the answer into JSON or SQL.

use std::ops::Range;

use clerk_rls_policy::search_path;
use clerk_rls_policy::{Catalog, Function, Purpose, Replacement};
use pgrx::pg_sys::Oid;
use pgrx::Spi;
use serde_json::{json, Value};

use crate::pg::confined::subtransaction;
use crate::pg::settings::operator_settings;
use crate::pg::trees::parse_tree;

/// The facts about the expression of a policy on a table, as a JSON object.
pub fn inspect(tree: &str, table: Oid) -> Option<String> {
    subtransaction::discarded(|| {
        let found = clerk_rls_policy::inspect(tree, &mut Database).ok()?;
        parse_tree::set_search_path("pg_catalog")?;
        // A part of a subquery cannot be printed on its own, so it is left out.
        let part = |span: &Range<usize>| {
            let tree = tree.get(span.clone())?;
            subtransaction::discarded(|| parse_tree::to_sql(tree, table))
        };
        let askers: Vec<String> = found.user_parts.iter().filter_map(part).collect();
        let inspection = json!({
            "asks": found.depends_on_user.as_str(),
            "reads_claims": found.reads_claims,
            "always": found.always,
            "for_nobody": found.for_nobody,
            "for_every_user": found.for_every_user,
            "without_organization": found.without_organization,
            "owner_columns": found.owner_columns,
            "index_groups": found.index_groups,
            "pinned_columns": found.pinned_columns,
            "loosely_compared": found.loosely_compared,
            "written_by_the_user": found.written_by_the_user,
            "dotted_keys": found.dotted_keys,
            "compares_with_itself": found.compares_with_itself,
            "plain": found.plain,
            "unread_functions": found.unread_functions,
            "opened_by": found.opened_by,
            "parses": found.parses,
            "parsing_functions": found.parsing_functions,
            "subject_as_uuid": found.subject_as_uuid,
            "askers": askers,
        });
        Some(inspection.to_string())
    })
}

/// The facts about a SQL function, as a JSON object.
pub fn inspect_function(function: Oid) -> Option<String> {
    subtransaction::discarded(|| {
        let layout = &operator_settings::rules().layout;
        let found = clerk_rls_policy::inspect_function(function.to_u32(), &mut Database, layout).ok()??;
        let inspection = json!({
            "asks": found.depends_on_user.as_str(),
            "parses": found.parses,
            "subject_as_uuid": found.subject_as_uuid,
            "equivalent": found.equivalent,
        });
        Some(inspection.to_string())
    })
}

/// An improved version of the expression of a policy on a table; `None` if there is nothing to improve.
pub fn rewrite(tree: &str, table: Oid, purpose: Purpose) -> Option<String> {
    subtransaction::discarded(|| {
        let layout = &operator_settings::rules().layout;
        let replacements = clerk_rls_policy::rewrite(tree, &mut Database, layout, purpose).ok()?;
        let readers = text(
            "SELECT pg_catalog.quote_ident(n.nspname)
            FROM pg_catalog.pg_extension AS e, pg_catalog.pg_namespace AS n
            WHERE e.extname OPERATOR(pg_catalog.=) 'clerk_rls' AND n.oid OPERATOR(pg_catalog.=) e.extnamespace",
            None,
        )?;
        let mut rewritten = tree.to_owned();
        // PostgreSQL's own objects are found first, and temporary objects of the session last.
        parse_tree::set_search_path(&format!("pg_catalog, {readers}, pg_temp"))?;
        for (span, replacement) in replacements.iter().rev() {
            let better = match replacement {
                Replacement::Sql(sql) => {
                    let query = parse_tree::of_query(&format!("SELECT {sql}"))?;
                    let value = clerk_rls_policy::value_of(&query)?.to_owned();
                    // The schema can contain another function with a reader's name.
                    clerk_rls_policy::calls_only_known_functions(&value, &mut Database).then_some(value)?
                }
                Replacement::Once => {
                    let template = parse_tree::of_query("SELECT (SELECT NULL::pg_catalog.text AS value)")?;
                    clerk_rls_policy::in_sub_select(&template, tree.get(span.clone())?)?
                }
            };
            rewritten.replace_range(span.clone(), &better);
        }
        parse_tree::set_search_path("pg_catalog")?;
        (!replacements.is_empty()).then(|| parse_tree::to_sql(&rewritten, table))?
    })
}

/// The system catalogs of this database.
struct Database;

impl Catalog for Database {
    fn function(&mut self, oid: u32) -> Option<Function> {
        let row = object(
            "SELECT pg_catalog.json_build_object(
                'name', CASE WHEN p.oid OPERATOR(pg_catalog.<) 16384 THEN p.proname END,
                'built_in', p.oid OPERATOR(pg_catalog.<) 16384,
                'volatile', p.provolatile OPERATOR(pg_catalog.=) 'v',
                'sql', l.lanname OPERATOR(pg_catalog.=) 'sql',
                'procedural', CASE WHEN l.lanname OPERATOR(pg_catalog.=) 'plpgsql' THEN p.prosrc END,
                'symbol', CASE
                    WHEN l.lanname OPERATOR(pg_catalog.=) 'c'
                        AND p.probin OPERATOR(pg_catalog.~) '(^|/)clerk_rls(\\.so)?$' THEN p.prosrc
                END)::pg_catalog.text
            FROM pg_catalog.pg_proc AS p, pg_catalog.pg_language AS l
            WHERE p.oid OPERATOR(pg_catalog.=) $1 AND l.oid OPERATOR(pg_catalog.=) p.prolang",
            oid,
        )?;
        Some(Function {
            name: row["name"].as_str().unwrap_or_default().to_owned(),
            is_built_in: row["built_in"].as_bool()?,
            is_volatile: row["volatile"].as_bool()?,
            is_sql: row["sql"].as_bool()?,
            procedural: row["procedural"].as_str().map(str::to_owned),
            symbol: row["symbol"].as_str().map(str::to_owned),
        })
    }

    fn body(&mut self, oid: u32) -> Option<String> {
        let row = object(
            "SELECT pg_catalog.json_build_object(
                'tree', p.prosqlbody,
                'source', p.prosrc,
                'path', coalesce(
                    (SELECT pg_catalog.substr(c, 13) FROM pg_catalog.unnest(p.proconfig) AS c
                    WHERE c OPERATOR(pg_catalog.~~) 'search_path=%'),
                    pg_catalog.concat(
                        pg_catalog.quote_ident(n.nspname),
                        ', public, ',
                        (SELECT pg_catalog.quote_ident(r.nspname)
                        FROM pg_catalog.pg_extension AS e, pg_catalog.pg_namespace AS r
                        WHERE e.extname OPERATOR(pg_catalog.=) 'clerk_rls'
                            AND r.oid OPERATOR(pg_catalog.=) e.extnamespace)
                    )
                ))::pg_catalog.text
            FROM pg_catalog.pg_proc AS p, pg_catalog.pg_namespace AS n
            WHERE p.oid OPERATOR(pg_catalog.=) $1 AND n.oid OPERATOR(pg_catalog.=) p.pronamespace",
            oid,
        )?;
        if let Some(tree) = row["tree"].as_str() {
            return Some(tree.to_owned());
        }
        let (source, path) = (row["source"].as_str()?, row["path"].as_str()?);
        // A body that cannot be parsed only counts as unreadable.
        subtransaction::discarded(|| {
            parse_tree::set_search_path(&search_path::with_temporary_last(path))?;
            parse_tree::of_body(source, Oid::from(oid))
        })
    }

    fn operator(&mut self, oid: u32) -> Option<String> {
        text(
            "SELECT o.oprname::pg_catalog.text FROM pg_catalog.pg_operator AS o
            WHERE o.oid OPERATOR(pg_catalog.=) $1 AND o.oid OPERATOR(pg_catalog.<) 16384",
            Some(oid),
        )
    }

    fn is_plain(&mut self, type_oid: u32) -> bool {
        // The input function of a composite, range or array type calls those of its parts, and that of a
        // domain its checks.
        let plain = text(
            "SELECT 'plain'
            FROM pg_catalog.pg_type AS t
                LEFT JOIN pg_catalog.pg_type AS e ON e.oid OPERATOR(pg_catalog.=) t.typelem
            WHERE t.oid OPERATOR(pg_catalog.=) $1
                AND (t.oid OPERATOR(pg_catalog.<) 16384
                    OR t.typtype OPERATOR(pg_catalog.=) 'e'
                    OR t.typtype OPERATOR(pg_catalog.=) 'b'
                        AND (e.oid IS NULL OR e.typtype OPERATOR(pg_catalog.=) ANY ('{b,e}')))",
            Some(type_oid),
        );
        plain.is_some()
    }

    fn is_deterministic(&mut self, collation: u32) -> bool {
        let found = text(
            "SELECT c.collisdeterministic::pg_catalog.text FROM pg_catalog.pg_collation AS c
            WHERE c.oid OPERATOR(pg_catalog.=) $1",
            Some(collation),
        );
        found.as_deref() != Some("false")
    }
}

fn object(query: &str, oid: u32) -> Option<Value> {
    serde_json::from_str(&text(query, Some(oid))?).ok()
}

/// The single text that a query returns, in any database encoding.
fn text(query: &str, oid: Option<u32>) -> Option<String> {
    let query = format!("SELECT pg_catalog.convert_to(({query}), 'UTF8')");
    let bytes: Option<Vec<u8>> = match oid {
        Some(oid) => Spi::get_one_with_args(&query, &[Oid::from(oid).into()]),
        None => Spi::get_one(&query),
    }
    .ok()
    .flatten();
    String::from_utf8(bytes?).ok()
}
