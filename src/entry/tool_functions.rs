//! The functions of `clerk_rls_tools`.

use std::borrow::Cow;

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::export_guarded;
use crate::entry::named_arguments::{optional, required, statement, text_list};
use crate::error::Error;
use crate::pg::confined::confinement;
use crate::pg::confined::cursor::RowArray;
use crate::pg::server::transaction;
use crate::pg::values::datums;
use crate::tools::{access, expressions, persona};

export_guarded!(inspect_expression, pg_finfo_inspect_expression, arguments => (|| {
    let tree = required(arguments.text(0), "expression")?;
    Ok(expressions::inspect(&tree, arguments.oid(1)).and_then(|found| datums::jsonb(&found)))
})());

export_guarded!(inspect_function, pg_finfo_inspect_function, arguments => {
    Ok(expressions::inspect_function(arguments.oid(0)).and_then(|found| datums::jsonb(&found)))
});

export_guarded!(rewrite_expression, pg_finfo_rewrite_expression, arguments => (|| {
    let tree = required(arguments.text(0), "expression")?;
    let purpose = required(arguments.text(2), "purpose")?.parse().map_err(|_| Error::Argument("purpose"))?;
    Ok(expressions::rewrite(&tree, arguments.oid(1), purpose).and_then(|sql| datums::text(&sql)))
})());

export_guarded!(execute_as_owner, pg_finfo_execute_as_owner, arguments => (|| {
    confinement::execute_as_owner(arguments.oid(0), &statement(arguments, 1, "statement")?, arguments.name(2))?;
    Ok(None)
})());

export_guarded!(library_version, pg_finfo_library_version, _arguments => {
    Ok(datums::text(env!("CARGO_PKG_VERSION")))
});

export_guarded!(act_as, pg_finfo_act_as, arguments => (|| {
    transaction::warn_outside_transaction_block(c"clerk_rls.act_as()");
    let text = |index, name| -> Result<_, Error> {
        Ok(optional(arguments.text(index), name)?.map(Cow::into_owned))
    };
    persona::act_as(
        persona::PersonaFields {
            user_id: text(0, "user_id")?,
            org_id: text(1, "org_id")?,
            org_role: text(2, "org_role")?,
            permissions: text_list(arguments, 3, "permissions")?,
        },
        arguments.name(4).ok_or(Error::Argument("role"))?,
        &required(arguments.json(5), "claims")?,
    )?;
    Ok(None)
})());

export_guarded!(act_as_claims, pg_finfo_act_as_claims, arguments => (|| {
    transaction::warn_outside_transaction_block(c"clerk_rls.act_as_claims()");
    let role = arguments.name(1).ok_or(Error::Argument("role"))?;
    persona::act_as_claims(&required(arguments.json(0), "claims")?, role)?;
    Ok(None)
})());

export_guarded!(act_as_anonymous, pg_finfo_act_as_anonymous, arguments => (|| {
    transaction::warn_outside_transaction_block(c"clerk_rls.act_as_anonymous()");
    persona::act_as_anonymous(arguments.name(0).ok_or(Error::Argument("role"))?)?;
    Ok(None)
})());

export_guarded!(rows_of_table, pg_finfo_rows_of_table, arguments => (|| {
    let (query, path) = (statement(arguments, 2, "query")?, statement(arguments, 3, "search_path")?);
    access::rows(arguments.oid(1), arguments.type_of(0), &query, &path, MAX_PICKED_ROWS).map(Some)
})());

export_guarded!(answers_as_person, pg_finfo_answers_as_person, arguments => (|| {
    let claims = optional(arguments.json(0), "claims")?;
    let role = arguments.name(1).ok_or(Error::Argument("role"))?;
    let queries = access::PolicyQueries::parse(&required(arguments.json(2), "questions")?)?;
    let path = statement(arguments, 4, "search_path")?;
    let answers = access::answers(claims.as_deref(), role, &queries, rows(arguments, 3)?, &path)?;
    Ok(datums::jsonb(&answers))
})());

export_guarded!(count_cells, pg_finfo_count_cells, arguments => (|| {
    let query = statement(arguments, 2, "query")?;
    let personas = required(arguments.json(3), "personas")?;
    let cells = required(arguments.json(4), "cells")?;
    let matrix = access::AccessMatrix::parse(&personas, &cells)?;
    let path = statement(arguments, 5, "search_path")?;
    let counted = access::count_rows(arguments.oid(1), arguments.type_of(0), &query, matrix, &path)?;
    Ok(datums::jsonb(&counted))
})());

/// The most rows that are returned for a row filter. A second row only shows the caller that the filter picks
/// more than one.
const MAX_PICKED_ROWS: usize = 2;

fn rows(arguments: Arguments, index: usize) -> Result<RowArray, Error> {
    if arguments.is_null(index) {
        return Err(Error::Argument("rows"));
    }
    // SAFETY: the argument lives as long as the current call, and is an array of this type.
    Ok(unsafe { RowArray::of(arguments.datum(index), arguments.type_of(index)) })
}
