//! The readers, which SQL calls for every row.
//!
//! A reader returns a pointer to the kept datum without copying it. Only the path past the kept answers is
//! guarded against panics, because nothing before it can fail.

use pgrx::pg_sys;
use pgrx::prelude::*;

use clerk_rls_core::{Requirement, Reverification};

use crate::entry::answers::{self, Reader};
use crate::entry::arguments::{Arguments, TextArgument};
use crate::entry::call_site;
use crate::entry::claim_paths::{self, ClaimForm};
use crate::entry::export::export;
use crate::entry::organizations::{self, Required};
use crate::error::Error;
use crate::identity::request_identity;
use crate::pg::server::{clock, memory};
use crate::pg::tables::membership_table::{self, Moment};
use crate::pg::values::kept_values::DatumPointer;

export!(requesting_user_id, pg_finfo_requesting_user_id, fcinfo => read(fcinfo, Reader::UserId));
export!(requesting_user_uuid, pg_finfo_requesting_user_uuid, fcinfo => read(fcinfo, Reader::UserUuid));
export!(requesting_machine_id, pg_finfo_requesting_machine_id, fcinfo => read(fcinfo, Reader::MachineId));
export!(requesting_org_id, pg_finfo_requesting_org_id, fcinfo => read(fcinfo, Reader::OrgId));
export!(requesting_org_slug, pg_finfo_requesting_org_slug, fcinfo => read(fcinfo, Reader::OrgSlug));
export!(requesting_org_role, pg_finfo_requesting_org_role, fcinfo => read(fcinfo, Reader::OrgRole));
export!(requesting_org_permissions, pg_finfo_requesting_org_permissions, fcinfo => read(fcinfo, Reader::OrgPermissions));
export!(requesting_session_id, pg_finfo_requesting_session_id, fcinfo => read(fcinfo, Reader::SessionId));
export!(requesting_actor_id, pg_finfo_requesting_actor_id, fcinfo => read(fcinfo, Reader::ActorId));
export!(requesting_role, pg_finfo_requesting_role, fcinfo => read(fcinfo, Reader::Role));
export!(requesting_email, pg_finfo_requesting_email, fcinfo => read(fcinfo, Reader::Email));
export!(requesting_claims, pg_finfo_requesting_claims, fcinfo => read(fcinfo, Reader::Claims));
export!(requesting_claim, pg_finfo_requesting_claim, fcinfo => read_claim(fcinfo, ClaimForm::Text));
export!(requesting_claim_json, pg_finfo_requesting_claim_json, fcinfo => read_claim(fcinfo, ClaimForm::Json));
export!(requesting_user_has, pg_finfo_requesting_user_has, fcinfo => user_has(fcinfo));
export!(requesting_org_ids, pg_finfo_requesting_org_ids, fcinfo => org_ids(fcinfo));

/// # Safety
/// `fcinfo` is the current call.
#[inline(always)]
unsafe fn read(fcinfo: pg_sys::FunctionCallInfo, reader: Reader) -> pg_sys::Datum {
    let datum = match answers::ready(reader) {
        Some(datum) => datum,
        None => {
            // SAFETY: neither this frame nor that of the exported function owns anything to drop.
            unsafe { memory::with_reserve(move || refresh(reader)) }
        }
    };
    // SAFETY: promised by the caller.
    unsafe { (*fcinfo).isnull = datum.is_null() };
    pg_sys::Datum::from(datum)
}

#[cold]
#[inline(never)]
#[pg_guard]
extern "C-unwind" fn refresh(reader: Reader) -> *mut u8 {
    answers::refresh(reader)
}

/// # Safety
/// `fcinfo` is the current call, of a function with one `text[]` argument.
#[inline(always)]
unsafe fn read_claim(fcinfo: pg_sys::FunctionCallInfo, form: ClaimForm) -> pg_sys::Datum {
    // SAFETY: promised by the caller; neither this frame nor that of the exported function owns anything to
    // drop.
    unsafe {
        let arguments = Arguments::of(fcinfo);
        let result = match call_site::last_result(fcinfo, arguments) {
            Some(result) => result,
            None => memory::with_reserve(move || find_claim(fcinfo, form)),
        };
        (*fcinfo).isnull = result.isnull;
        result.value
    }
}

#[cold]
#[inline(never)]
#[pg_guard]
unsafe extern "C-unwind" fn find_claim(
    fcinfo: pg_sys::FunctionCallInfo,
    form: ClaimForm,
) -> pg_sys::NullableDatum {
    // SAFETY: `read_claim`, the only caller, passes the current call.
    let arguments = unsafe { Arguments::of(fcinfo) };
    let Some(path) = arguments.text_array(0) else {
        return by_reference(std::ptr::null_mut());
    };
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    // A path that is stored out of line or unreasonably long is not kept.
    let Some(key) = arguments
        .datum_bytes(0)
        .filter(|datum_bytes| datum_bytes.len() <= call_site::MAX_ARGUMENT_BYTES)
    else {
        return by_reference(claim_paths::computed(form, &path));
    };
    match claim_paths::kept(form, key, &path) {
        DatumPointer::Copied(datum) => by_reference(datum),
        DatumPointer::Kept(datum) => {
            let result = by_reference(datum);
            // SAFETY: `read_claim`, the only caller, passes the current call; the datum is a kept value.
            unsafe { call_site::remember(fcinfo, arguments, request_identity::generation(), result) };
            result
        }
    }
}

/// # Safety
/// `fcinfo` is the current call of `requesting_user_has`, which has five `text` arguments.
#[inline(always)]
unsafe fn user_has(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: promised by the caller; neither this frame nor that of the exported function owns anything to
    // drop.
    unsafe {
        let arguments = Arguments::of(fcinfo);
        match call_site::last_result(fcinfo, arguments) {
            Some(result) => result.value,
            None => memory::with_reserve(move || check_user_has(fcinfo)),
        }
    }
}

#[cold]
#[inline(never)]
#[pg_guard]
unsafe extern "C-unwind" fn check_user_has(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: `user_has`, the only caller, passes the current call.
    let arguments = unsafe { Arguments::of(fcinfo) };
    let mut texts = [const { None }; 5];
    let mut expressible = true;
    for (index, text) in texts.iter_mut().enumerate() {
        match arguments.text(index) {
            TextArgument::Null => (),
            TextArgument::Text(value) => *text = Some(value),
            TextArgument::Inexpressible => expressible = false,
        }
    }
    let [role, permission, feature, plan, reverification] = &texts;
    let preset = reverification
        .as_deref()
        .map(str::parse::<Reverification>)
        .transpose();
    let reverification = preset.unwrap_or_else(|unknown| Error::UnknownReverification(unknown).raise());
    let requirement = Requirement {
        role: role.as_deref(),
        permission: permission.as_deref(),
        feature: feature.as_deref(),
        plan: plan.as_deref(),
        reverification,
    };
    let now = clock::statement_start_seconds();
    let has = expressible
        && request_identity::signed_in(|identity| Some(identity.has(&requirement, now))).unwrap_or(false);
    let value = pg_sys::Datum::from(has);
    // The age of a reverification changes with the clock and not with the claims, so such a result is not
    // kept.
    if reverification.is_none() {
        let result = pg_sys::NullableDatum { value, isnull: false };
        // SAFETY: `user_has`, the only caller, passes the current call; the result is passed by value.
        unsafe { call_site::remember(fcinfo, arguments, request_identity::generation(), result) };
    }
    value
}

/// # Safety
/// `fcinfo` is the current call of `requesting_org_ids`, which has two `text` arguments.
#[inline(always)]
unsafe fn org_ids(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: promised by the caller; neither this frame nor that of the exported function owns anything to
    // drop.
    unsafe {
        let arguments = Arguments::of(fcinfo);
        let last = match organizations::are_known() {
            true => call_site::last_result(fcinfo, arguments),
            false => None,
        };
        let result = match last {
            Some(result) => result,
            None => memory::with_reserve(move || find_org_ids(fcinfo)),
        };
        (*fcinfo).isnull = result.isnull;
        result.value
    }
}

#[cold]
#[inline(never)]
#[pg_guard]
unsafe extern "C-unwind" fn find_org_ids(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::NullableDatum {
    organizations::learn();
    // SAFETY: `org_ids`, the only caller, passes the current call.
    let arguments = unsafe { Arguments::of(fcinfo) };
    let required = Required::of(arguments);
    let generation = request_identity::generation();
    if membership_table::is_parallel() {
        // What the statement sees may be older than this generation, so it counts for this statement alone.
        // SAFETY: as above.
        return unsafe {
            call_site::in_memory_of_constants(fcinfo, || by_reference(required.computed(Moment::OfStatement)))
                .inspect(|result| call_site::remember(fcinfo, arguments, generation, *result))
                .unwrap_or_else(|| by_reference(required.computed(Moment::OfStatement)))
        };
    }
    let Some(key) = organizations::key(arguments) else {
        return by_reference(required.computed(Moment::Now));
    };
    match required.kept(&key) {
        DatumPointer::Copied(datum) => by_reference(datum),
        DatumPointer::Kept(datum) => {
            let result = by_reference(datum);
            // SAFETY: `org_ids`, the only caller, passes the current call; the datum is a kept value.
            unsafe { call_site::remember(fcinfo, arguments, generation, result) };
            result
        }
    }
}

fn by_reference(datum: *mut u8) -> pg_sys::NullableDatum {
    pg_sys::NullableDatum {
        value: pg_sys::Datum::from(datum),
        isnull: datum.is_null(),
    }
}
