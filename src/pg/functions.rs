//! The functions that SQL calls now and then: their arguments into Rust, their results into datums.

use std::borrow::Cow;
use std::ffi::CString;

use clerk_rls_core::limits::MAX_TOKEN_BYTES;
use clerk_rls_core::token::TokenError;
use pgrx::pg_sys;
use pgrx::prelude::*;

use super::answers::{self, Field};
use super::arguments::{Argument, Arguments};
use super::confined::{self, Rows};
use super::{datums, issuer_table, memory, record, session, transaction};
use crate::error::Error;
use crate::issuers::{self, Issuer};
use crate::{access, audit, authentication, expressions, persona, tokens, whoami};

/// Exports a function whose errors and panics become errors of Postgres. The body gives the whole datum
/// of the result; `None` is SQL NULL.
macro_rules! export_guarded {
    ($name:ident, $record:ident, $arguments:ident => $body:expr) => {
        super::exports::export!($name, $record, fcinfo => {
            #[pg_guard]
            unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
                // SAFETY: the call in hand.
                let $arguments = unsafe { Arguments::of(fcinfo) };
                let result: Result<Option<Vec<u8>>, Error> = $body;
                let image = result.unwrap_or_else(|error| error.raise());
                let datum = image.map_or(std::ptr::null_mut(), |image| datums::palloc(&image));
                // SAFETY: the call in hand.
                unsafe { (*fcinfo).isnull = datum.is_null() };
                pg_sys::Datum::from(datum)
            }
            memory::with_a_reserve(move || guarded(fcinfo))
        });
    };
}

export_guarded!(user_uuid, pg_finfo_user_uuid, arguments => Ok(match arguments.text(0) {
    Argument::Text(user_id) => Some(clerk_rls_core::subject_uuid(&user_id).to_vec()),
    // A subject that claims cannot hold: nobody has it.
    Argument::Null | Argument::Inexpressible => None,
}));

export_guarded!(jwt_verify, pg_finfo_jwt_verify, arguments => verify(arguments));
export_guarded!(jwk_from_pem, pg_finfo_jwk_from_pem, arguments => {
    key(arguments, "pem", tokens::jwk_from_pem)
});
export_guarded!(jwk_from_secret, pg_finfo_jwk_from_secret, arguments => {
    key(arguments, "secret", tokens::jwk_from_secret)
});
export_guarded!(jwt_sign, pg_finfo_jwt_sign, arguments => (|| {
    let claims = needed(arguments.json(0), "claims")?;
    let key = needed(arguments.json(1), "key")?;
    let header = needed(arguments.json(2), "header")?;
    Ok(datums::text(&tokens::sign(&claims, &key, &header)?))
})());

export_guarded!(validate_issuer, pg_finfo_validate_issuer, arguments => (|| {
    Issuer::compile(&needed(arguments.json(0), "issuer")?)?;
    Ok(None)
})());

export_guarded!(ignored_keys, pg_finfo_ignored_keys, arguments => (|| {
    let told = issuers::ignored_keys(&needed(arguments.json(0), "jwks")?)?;
    Ok(told.and_then(|told| datums::text(&told)))
})());

export_guarded!(authenticate, pg_finfo_authenticate, arguments => {
    if arguments.is_null(0) && arguments.is_null(1) {
        Ok(None)
    } else {
        transaction::warn_outside_of_a_block(c"clerk_rls.authenticate()");
        authenticate_as(arguments)
    }
});

export_guarded!(deauthenticate, pg_finfo_deauthenticate, _arguments => {
    authentication::deauthenticate();
    Ok(None)
});
export_guarded!(pre_request, pg_finfo_pre_request, _arguments => {
    authentication::pre_request().map(|()| None)
});

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
    confined::execute_as_owner(arguments.oid(0), &statement(arguments, 1, "statement")?, arguments.name(2))?;
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
        persona::Fields {
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

super::exports::export!(invalidate_issuers, pg_finfo_invalidate_issuers, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: a strict function with one argument of type oid.
        let table = unsafe { (*(*fcinfo).args.as_ptr()).value };
        issuer_table::announce_change(pg_sys::Oid::from(table.value() as u32));
        pg_sys::Datum::null()
    }
    memory::with_a_reserve(move || guarded(fcinfo))
});

super::exports::export!(whoami, pg_finfo_whoami, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: the call in hand, and as many columns as sql/whoami.sql declares.
        unsafe { record::build(fcinfo, &whoami::columns()) }
    }
    memory::with_a_reserve(move || guarded(fcinfo))
});

super::exports::export!(jwt_decode, pg_finfo_jwt_decode, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: the call in hand.
        let arguments = unsafe { Arguments::of(fcinfo) };
        let decode = || -> Result<_, Error> {
            let (header, claims) = tokens::decode(&token(arguments)?)?;
            let jsonb = |json: &str| datums::jsonb(json).ok_or(Error::InexpressibleToken);
            Ok([jsonb(&header)?, jsonb(&claims)?])
        };
        let jsonb = decode().unwrap_or_else(|error| error.raise());
        let columns = jsonb.map(|image| record::Column::Image(Some(image)));
        // SAFETY: the call in hand, and as many columns as sql/tokens.sql declares.
        unsafe { record::build(fcinfo, &columns) }
    }
    memory::with_a_reserve(move || guarded(fcinfo))
});

fn authenticate_as(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    let role = arguments.name(1);
    if arguments.is_null(0) {
        // A request without a token: of nobody, and as the role that such a request has.
        if let Some(role) = role {
            session::set_role(role);
        }
        return Ok(None);
    }
    authentication::authenticate(token(arguments).inspect_err(audit::refused)?.as_ref(), role)?;
    Ok(answers::image(Field::UserId))
}

/// A token is refused for its length before a byte of it is fetched.
fn token<'call>(arguments: Arguments<'call>) -> Result<Cow<'call, str>, Error> {
    // "Bearer " may stand before it.
    if arguments.is_longer_than(0, MAX_TOKEN_BYTES + 64) {
        return Err(TokenError::TooLong.into());
    }
    needed(arguments.text(0), "token")
}

fn verify(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    if arguments.is_null(0) {
        // As for any function of a missing value.
        return Ok(None);
    }
    let token = token(arguments)?;
    let keys = needed(arguments.json(1), "keys")?;
    let expected = tokens::Expected {
        issuer: optional(arguments.text(2), "issuer")?.map(Cow::into_owned),
        audience: list(arguments, 3, "audience")?,
        authorized_parties: list(arguments, 4, "authorized_parties")?,
        leeway: arguments.interval_seconds(5).ok_or(Error::Argument("leeway"))?,
    };
    let claims = tokens::verify(&token, &keys, expected)?;
    Ok(Some(datums::jsonb(&claims).ok_or(Error::InexpressibleToken)?))
}

fn key(
    arguments: Arguments,
    name: &'static str,
    make: fn(&str, &str, Option<&str>) -> Result<String, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let material = needed(arguments.text(0), name)?;
    let algorithm = needed(arguments.text(1), "algorithm")?;
    let kid = optional(arguments.text(2), "kid")?;
    Ok(datums::jsonb(&make(&material, &algorithm, kid.as_deref())?))
}

/// Rows that are more than one are as bad as any number of them.
const PICKED_ROWS: usize = 2;

fn rows(arguments: Arguments, index: usize) -> Result<Rows, Error> {
    if arguments.is_null(index) {
        return Err(Error::Argument("rows"));
    }
    // SAFETY: an argument of the call in hand, which is an array of this type.
    Ok(unsafe { Rows::of(arguments.datum(index), arguments.type_of(index)) })
}

/// SQL, or a search_path, in the database's encoding.
fn statement(arguments: Arguments, index: usize, name: &'static str) -> Result<CString, Error> {
    let bytes = arguments.text_bytes(index);
    bytes
        .and_then(|bytes| CString::new(bytes).ok())
        .ok_or(Error::Argument(name))
}

fn needed<'call>(argument: Argument<'call>, name: &'static str) -> Result<Cow<'call, str>, Error> {
    optional(argument, name)?.ok_or(Error::Argument(name))
}

fn optional<'call>(argument: Argument<'call>, name: &'static str) -> Result<Option<Cow<'call, str>>, Error> {
    match argument {
        Argument::Null => Ok(None),
        Argument::Text(text) => Ok(Some(text)),
        Argument::Inexpressible => Err(Error::Argument(name)),
    }
}

fn list(arguments: Arguments, index: usize, name: &'static str) -> Result<Option<Vec<String>>, Error> {
    if arguments.is_null(index) {
        return Ok(None);
    }
    let texts = arguments.text_array(index).ok_or(Error::Argument(name))?;
    Ok(Some(texts.into_iter().map(Cow::into_owned).collect()))
}
