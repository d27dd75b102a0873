//! The functions of `clerk_rls_tools`.

use std::borrow::Cow;

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::arguments::Arguments;
use crate::entry::export::export_guarded;
use crate::entry::named_arguments::{list, needed, optional, statement};
use crate::error::Error;
use crate::pg::confined::confinement;
use crate::pg::confined::cursor::Rows;
use crate::pg::server::transaction;
use crate::pg::values::datums;
use crate::tools::{access, expressions, persona};

export_guarded!(inspect_expression, pg_finfo_inspect_expression, arguments => (|| {
    let tree = needed(arguments.text(0), "expression")?;
    Ok(expressions::inspect(&tree, arguments.oid(1)).and_then(|found| datums::jsonb(&found)))
})());

export_guarded!(inspect_function, pg_finfo_inspect_function, arguments => {
    Ok(expressions::inspect_function(arguments.oid(0)).and_then(|found| datums::jsonb(&found)))
});

export_guarded!(rewrite_expression, pg_finfo_rewrite_expression, arguments => (|| {
    let tree = needed(arguments.text(0), "expression")?;
    let purpose = needed(arguments.text(2), "purpose")?.parse().map_err(|_| Error::Argument("purpose"))?;
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
    transaction::warn_outside_of_a_block(c"clerk_rls.act_as()");
    let text = |index, name| -> Result<_, Error> {
        Ok(optional(arguments.text(index), name)?.map(Cow::into_owned))
    };
    persona::act_as(
        persona::PersonaFields {
            user_id: text(0, "user_id")?,
            org_id: text(1, "org_id")?,
            org_role: text(2, "org_role")?,
            permissions: list(arguments, 3, "permissions")?,
        },
        arguments.name(4).ok_or(Error::Argument("role"))?,
        &needed(arguments.json(5), "claims")?,
    )?;
    Ok(None)
})());

export_guarded!(act_as_claims, pg_finfo_act_as_claims, arguments => (|| {
    transaction::warn_outside_of_a_block(c"clerk_rls.act_as_claims()");
    let role = arguments.name(1).ok_or(Error::Argument("role"))?;
    persona::act_as_claims(&needed(arguments.json(0), "claims")?, role)?;
    Ok(None)
})());

export_guarded!(act_as_anonymous, pg_finfo_act_as_anonymous, arguments => (|| {
    transaction::warn_outside_of_a_block(c"clerk_rls.act_as_anonymous()");
    persona::act_as_anonymous(arguments.name(0).ok_or(Error::Argument("role"))?)?;
    Ok(None)
})());

export_guarded!(rows_of_table, pg_finfo_rows_of_table, arguments => (|| {
    let (query, path) = (statement(arguments, 2, "query")?, statement(arguments, 3, "search_path")?);
    access::rows(arguments.oid(1), arguments.type_of(0), &query, &path, PICKED_ROWS).map(Some)
})());

export_guarded!(answers_as_person, pg_finfo_answers_as_person, arguments => (|| {
    let claims = optional(arguments.json(0), "claims")?;
    let role = arguments.name(1).ok_or(Error::Argument("role"))?;
    let questions = access::Questions::parse(&needed(arguments.json(2), "questions")?)?;
    let path = statement(arguments, 4, "search_path")?;
    let answers = access::answers(claims.as_deref(), role, &questions, rows(arguments, 3)?, &path)?;
    Ok(datums::jsonb(&answers))
})());

export_guarded!(count_cells, pg_finfo_count_cells, arguments => (|| {
    let query = statement(arguments, 2, "query")?;
    let cells = access::Cells::parse(&needed(arguments.json(3), "personas")?, &needed(arguments.json(4), "cells")?)?;
    let path = statement(arguments, 5, "search_path")?;
    let counted = access::matrix(arguments.oid(1), arguments.type_of(0), &query, cells, &path)?;
    Ok(datums::jsonb(&counted))
})());

/// Rows that are more than one are as bad as any number of them.
const PICKED_ROWS: usize = 2;

fn rows(arguments: Arguments, index: usize) -> Result<Rows, Error> {
    if arguments.is_null(index) {
        return Err(Error::Argument("rows"));
    }
    // SAFETY: an argument of the call in hand, which is an array of this type.
    Ok(unsafe { Rows::of(arguments.datum(index), arguments.type_of(index)) })
}
