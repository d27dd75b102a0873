//! What can be told of a policy's expression, and of a function that a policy calls.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::Catalog;
use crate::expression::{mentions, of_function, of_policy, Expression, Kind, Policy, UserDependence};
use crate::tree::type_oids::BLANK_PADDED;
use crate::truth::{is_always_true, opens_without, Scenario};
use crate::unreadable::Unreadable;
use crate::{claim_reads, ownership, rewrite};
use clerk_rls_core::Layout;

/// What can be told of a policy's expression. Columns are numbers of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Whether it depends on who is asking.
    pub depends_on_user: UserDependence,
    /// It asks in a way that this extension answers, and not by a setting of the application's own or the
    /// database role.
    pub reads_claims: bool,
    /// It is true for every row, whoever asks.
    pub always: bool,
    /// It is true for every row when nobody is signed in.
    pub for_nobody: bool,
    /// It is true for every row when anybody is signed in.
    pub for_every_user: bool,
    /// It is true for every row when the user has no active organisation.
    pub without_organization: bool,
    /// Columns that are compared for equality with who is asking.
    pub owner_columns: BTreeSet<i16>,
    /// Of each group one column should have an index; none where no index would help.
    pub index_groups: Vec<BTreeSet<i16>>,
    /// Columns that the expression ties to who is asking; `None` where it never is true.
    pub pinned_columns: Option<BTreeSet<i16>>,
    /// Owner columns whose comparison ignores differences: of type `char(n)`, or under a nondeterministic
    /// collation.
    pub loosely_compared: BTreeSet<i16>,
    /// Names of claims that the user writes.
    pub written_by_the_user: Vec<String>,
    /// Keys with dots that were meant as paths.
    pub dotted_keys: Vec<String>,
    /// It compares a column with itself, mostly one of a sub-select that was meant to be the table's own.
    pub compares_with_itself: bool,
    /// Its constants are of types that PostgreSQL reads by itself, so that its SQL can be put into another
    /// statement without anybody's code being run.
    pub plain: bool,
    /// OIDs of the functions in SQL that it calls, directly or through others, whose bodies could not be read.
    pub unread_functions: BTreeSet<u32>,
    /// OIDs of functions whose being NULL more often lets more rows be seen.
    pub opened_by: BTreeSet<u32>,
    /// Claims are parsed for each row, in the expression itself.
    pub parses: bool,
    /// OIDs of the functions it calls that parse claims for each row.
    pub parsing_functions: BTreeSet<u32>,
    /// The subject is converted into a uuid.
    pub subject_as_uuid: bool,
    /// Places of the largest parts that depend on who is asking and on no row.
    pub user_parts: Vec<Range<usize>>,
}

/// Looks through the expression of a policy.
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

/// What can be told of a function in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInspection {
    /// Whether its result depends on who is asking.
    pub depends_on_user: UserDependence,
    /// It parses claims.
    pub parses: bool,
    /// It converts the subject into a uuid.
    pub subject_as_uuid: bool,
    /// The reader that answers the same, by its C symbol.
    pub equivalent: Option<String>,
}

/// Looks through the body of a function; `None` when it has none that is one query.
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
