//! Facts about the expression of a policy, and about a function that a policy calls.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::Catalog;
use crate::expression::{mentions, of_function, of_policy, Expression, Kind, Policy, UserDependence};
use crate::tree::type_oids::BLANK_PADDED;
use crate::truth::{is_always_true, opens_without, Scenario};
use crate::unreadable::Unreadable;
use crate::{claim_reads, ownership, rewrite};
use clerk_rls_core::Layout;

/// Facts about the expression of a policy. A column is identified by its number in the table
/// ([`pg_attribute.attnum`](https://www.postgresql.org/docs/current/catalog-pg-attribute.html)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Whether the expression depends on the requesting user.
    pub depends_on_user: UserDependence,
    /// The dependency is on claims that this extension reads, not on an application's own setting or the
    /// database role.
    pub reads_claims: bool,
    /// True for every row, for every user and when nobody is signed in.
    pub always: bool,
    /// True for every row when nobody is signed in.
    pub for_nobody: bool,
    /// True for every row for every signed-in user.
    pub for_every_user: bool,
    /// True for every row for a user without an active organization.
    pub without_organization: bool,
    /// The columns that are compared for equality with the requesting user.
    pub owner_columns: BTreeSet<i16>,
    /// The groups of columns to index: a policy avoids a sequential scan if one column of each group has an
    /// index. Empty if no index would help.
    pub index_groups: Vec<BTreeSet<i16>>,
    /// The columns whose values the expression restricts to those of the requesting user; `None` if it is
    /// never true, or true only for users with a certain right.
    pub pinned_columns: Option<BTreeSet<i16>>,
    /// The owner columns whose comparison ignores differences: columns of type `char(n)`, or compared under a
    /// nondeterministic collation.
    pub loosely_compared: BTreeSet<i16>,
    /// The names of the claims in the expression that the user can write.
    pub written_by_the_user: Vec<String>,
    /// Keys with dots that were meant as paths.
    pub dotted_keys: Vec<String>,
    /// A column is compared with itself. Usually a sub-select's column was meant to be compared with the
    /// table's.
    pub compares_with_itself: bool,
    /// All constants have types that PostgreSQL itself reads, so the SQL of the expression can be put into
    /// another statement without running user-defined code.
    pub plain: bool,
    /// OIDs of called SQL functions, directly or through others, whose bodies could not be read.
    pub unread_functions: BTreeSet<u32>,
    /// OIDs of called functions for which returning NULL more often would make more rows visible.
    pub opened_by: BTreeSet<u32>,
    /// The expression itself parses the claims for each row.
    pub parses: bool,
    /// OIDs of called functions that parse the claims for each row.
    pub parsing_functions: BTreeSet<u32>,
    /// The subject is converted to a uuid.
    pub subject_as_uuid: bool,
    /// The largest parts that depend on the requesting user but on no row, as byte ranges of the tree's text.
    pub user_parts: Vec<Range<usize>>,
}

/// Inspects the expression of a policy. `tree` is the text of `pg_policy.polqual` or `polwithcheck`
/// ([`pg_policy`](https://www.postgresql.org/docs/current/catalog-pg-policy.html)).
///
/// # Errors
/// [`Unreadable`] if the text is not a parse tree or exceeds the bounds of [`limits`](crate::limits).
pub fn inspect(tree: &str, catalog: &mut dyn Catalog) -> Result<Inspection, Unreadable> {
    let Policy {
        expression,
        plain,
        compares_with_itself,
        unread,
    } = of_policy(tree, catalog)?;
    let parsed = claim_reads::parsed_for_each_row(&expression);
    let everything = expression.everything();
    Ok(Inspection {
        depends_on_user: expression.depends_on_user(),
        reads_claims: reads_claims(&expression),
        always: is_always_true(&expression, Scenario::Anyone)?,
        for_nobody: is_always_true(&expression, Scenario::SignedOut)?,
        for_every_user: is_always_true(&expression, Scenario::User)?,
        without_organization: is_always_true(&expression, Scenario::UserWithoutOrganization)?,
        owner_columns: ownership::owner_columns(&expression),
        index_groups: ownership::index_groups(&expression),
        pinned_columns: ownership::pinned_columns(&expression),
        loosely_compared: loosely_compared(&expression),
        written_by_the_user: claim_reads::written_by_the_user(&expression),
        dotted_keys: claim_reads::dotted_keys(&expression),
        compares_with_itself,
        plain,
        unread_functions: unread,
        opened_by: opened_by(&expression),
        parses: parsed.directly,
        parsing_functions: parsed.by_functions,
        subject_as_uuid: everything.into_iter().any(claim_reads::is_subject_as_uuid),
        user_parts: claim_reads::user_parts(&expression),
    })
}

/// Facts about a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInspection {
    /// Whether the result depends on the requesting user.
    pub depends_on_user: UserDependence,
    /// The function parses claims.
    pub parses: bool,
    /// The function converts the subject to a uuid.
    pub subject_as_uuid: bool,
    /// The C symbol of the reader that returns the same value.
    pub equivalent: Option<String>,
}

/// Inspects a function by its OID. `None` if the function is neither a SQL function whose body is one query,
/// nor a PL/pgSQL function that mentions the requesting user. `layout` says which claims the readers return.
///
/// # Errors
/// [`Unreadable`] if the body is not a parse tree or exceeds the bounds of [`limits`](crate::limits).
pub fn inspect_function(
    oid: u32,
    catalog: &mut dyn Catalog,
    layout: &Layout,
) -> Result<Option<FunctionInspection>, Unreadable> {
    let Some(body) = of_function(oid, catalog)? else {
        let source = catalog.function(oid).and_then(|function| function.procedural);
        return Ok(source
            .map(|source| mentions(&source))
            .filter(|found| found.user)
            .map(|found| FunctionInspection {
                depends_on_user: UserDependence::Yes,
                parses: found.claims,
                subject_as_uuid: false,
                equivalent: None,
            }));
    };
    Ok(Some(FunctionInspection {
        depends_on_user: body.depends_on_user(),
        parses: claim_reads::parses(&body),
        subject_as_uuid: body.everything().into_iter().any(claim_reads::is_subject_as_uuid),
        equivalent: rewrite::native_equivalent(&body, layout),
    }))
}

fn opened_by(expression: &Expression) -> BTreeSet<u32> {
    let calls = expression
        .everything()
        .into_iter()
        .filter_map(|part| match part.kind {
            Kind::Call { function, .. }
                if part.depends_on_user() == UserDependence::Yes && opens_without(expression, part) =>
            {
                Some(function)
            }
            _ => None,
        });
    calls.collect()
}

fn reads_claims(expression: &Expression) -> bool {
    expression.everything().into_iter().any(|part| match &part.kind {
        Kind::Claim { .. } | Kind::Claims { .. } | Kind::Reader { .. } => true,
        Kind::Setting(name) => name.starts_with("request.jwt"),
        _ => false,
    })
}

fn loosely_compared(expression: &Expression) -> BTreeSet<i16> {
    let loose = ownership::equalities(expression)
        .into_iter()
        .filter(|(both, column)| !both.deterministic || column.bare().result_type == BLANK_PADDED);
    loose.flat_map(|(_, column)| column.columns()).collect()
}
