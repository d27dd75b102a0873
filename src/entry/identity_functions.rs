//! The functions of `clerk_rls` that are not called for every row.

use std::borrow::Cow;

use clerk_rls_core::limits::MAX_TOKEN_BYTES;
use clerk_rls_core::token::TokenError;
use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::entry::answers::{self, Reader};
use crate::entry::arguments::{Arguments, TextArgument};
use crate::entry::export::{export, export_guarded};
use crate::entry::named_arguments::{optional, required, text_list};
use crate::error::Error;
use crate::identity::issuers::{self, AcceptedIssuer};
use crate::identity::{audit, authentication, tokens, whoami};
use crate::pg::server::{memory, session, transaction};
use crate::pg::tables::changed_table;
use crate::pg::values::{datums, record};

export_guarded!(user_uuid, pg_finfo_user_uuid, arguments => Ok(match arguments.text(0) {
    TextArgument::Text(user_id) => Some(clerk_rls_core::subject_uuid(&user_id).to_vec()),
    // Claims cannot contain such a subject, so nobody has it.
    TextArgument::Null | TextArgument::Inexpressible => None,
}));

export_guarded!(jwt_verify, pg_finfo_jwt_verify, arguments => verify(arguments));

export_guarded!(jwk_from_pem, pg_finfo_jwk_from_pem, arguments => {
    key(arguments, "pem", tokens::jwk_from_pem)
});

export_guarded!(jwk_from_secret, pg_finfo_jwk_from_secret, arguments => {
    key(arguments, "secret", tokens::jwk_from_secret)
});

export_guarded!(jwt_sign, pg_finfo_jwt_sign, arguments => (|| {
    let claims = required(arguments.json(0), "claims")?;
    let key = required(arguments.json(1), "key")?;
    let header = required(arguments.json(2), "header")?;
    Ok(datums::text(&tokens::sign(&claims, &key, &header)?))
})());

export_guarded!(validate_issuer, pg_finfo_validate_issuer, arguments => (|| {
    AcceptedIssuer::compile(&required(arguments.json(0), "issuer")?)?;
    Ok(None)
})());

export_guarded!(ignored_keys, pg_finfo_ignored_keys, arguments => (|| {
    let ignored = issuers::ignored_keys(&required(arguments.json(0), "jwks")?)?;
    Ok(ignored.and_then(|names| datums::text(&names)))
})());

export_guarded!(authenticate, pg_finfo_authenticate, arguments => {
    if arguments.is_null(0) && arguments.is_null(1) {
        Ok(None)
    } else {
        transaction::warn_outside_transaction_block(c"clerk_rls.authenticate()");
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

export!(invalidate_issuers, pg_finfo_invalidate_issuers, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: sql/ declares the function as strict, with one argument of type oid.
        let table = unsafe { (*(*fcinfo).args.as_ptr()).value };
        changed_table::announce(pg_sys::Oid::from(table.value() as u32));
        transaction::wake_keys_worker_at_commit();
        pg_sys::Datum::null()
    }
    memory::with_reserve(move || guarded(fcinfo))
});

export!(whoami, pg_finfo_whoami, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: `fcinfo` is the current call; sql/identity/whoami.sql declares the same number of columns.
        unsafe { record::build(fcinfo, &whoami::columns()) }
    }
    memory::with_reserve(move || guarded(fcinfo))
});

export!(jwt_decode, pg_finfo_jwt_decode, fcinfo => {
    #[pg_guard]
    unsafe extern "C-unwind" fn guarded(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
        // SAFETY: `fcinfo` is the current call.
        let arguments = unsafe { Arguments::of(fcinfo) };
        let decode = || -> Result<_, Error> {
            let (header, claims) = tokens::decode(&token(arguments)?)?;
            let jsonb = |json: &str| datums::jsonb(json).ok_or(Error::InexpressibleToken);
            Ok([jsonb(&header)?, jsonb(&claims)?])
        };
        let jsonb = decode().unwrap_or_else(|error| error.raise());
        let columns = jsonb.map(|datum_bytes| record::ResultColumn::Datum(Some(datum_bytes)));
        // SAFETY: `fcinfo` is the current call; sql/identity/tokens.sql declares the same number of columns.
        unsafe { record::build(fcinfo, &columns) }
    }
    memory::with_reserve(move || guarded(fcinfo))
});

fn authenticate_as(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    let role = arguments.name(1);
    if arguments.is_null(0) {
        // A request without a token has no identity, but it still gets the database role of such requests.
        if let Some(role) = role {
            session::set_role(role);
        }
        return Ok(None);
    }
    authentication::authenticate(token(arguments).inspect_err(audit::refused)?.as_ref(), role)?;
    Ok(answers::datum_bytes(Reader::UserId))
}

/// The token argument. A token that is too long is refused before any byte of it is fetched.
fn token<'call>(arguments: Arguments<'call>) -> Result<Cow<'call, str>, Error> {
    // The margin allows for "Bearer " before the token.
    if arguments.is_longer_than(0, MAX_TOKEN_BYTES + 64) {
        return Err(TokenError::TooLong.into());
    }
    required(arguments.text(0), "token")
}

fn verify(arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    if arguments.is_null(0) {
        // NULL in, NULL out, as for a strict function.
        return Ok(None);
    }
    let token = token(arguments)?;
    let keys = required(arguments.json(1), "keys")?;
    let expected = tokens::ExpectedClaims {
        issuer: optional(arguments.text(2), "issuer")?.map(Cow::into_owned),
        audience: text_list(arguments, 3, "audience")?,
        authorized_parties: text_list(arguments, 4, "authorized_parties")?,
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
    let material = required(arguments.text(0), name)?;
    let algorithm = required(arguments.text(1), "algorithm")?;
    let kid = optional(arguments.text(2), "kid")?;
    Ok(datums::jsonb(&make(&material, &algorithm, kid.as_deref())?))
}
