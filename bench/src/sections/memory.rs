//! The memory of a backend after many requests of changing users. It must not grow: values of earlier claims
//! are freed at the end of the transaction.

use crate::claims::{ClaimsSize, GRANTED_PERMISSION};
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::session::Session;

use super::memory_readings::{measure_memory, table};

/// Several requests in one message, because round trips would take most of the time.
const REQUESTS_IN_A_MESSAGE: u32 = 100;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session("-c jit=off")?;
    let process = session.process();
    let [first, second] = &fixture.clerk_users;
    let prepared = [
        ("first_small", first.claims(ClaimsSize::Small)),
        ("second_large", second.claims(ClaimsSize::Large)),
        ("second_small", second.claims(ClaimsSize::Small)),
        ("first_large", first.claims(ClaimsSize::Large)),
    ];
    let mut message = String::new();
    for (name, claims) in &prepared {
        let claims = claims.replace('\'', "''");
        session.client().batch_execute(&format!(
            "prepare {name} as select set_config('role', 'bench_constant', true), \
             set_config('request.jwt.claims', '{claims}', true)"
        ))?;
    }
    session.client().batch_execute(&format!(
        "prepare readers as select requesting_user_id(), requesting_org_id(), requesting_claim('o', 'slg'), \
         requesting_user_has(permission => '{GRANTED_PERMISSION}'), requesting_user_uuid()"
    ))?;
    for request in 0..REQUESTS_IN_A_MESSAGE {
        let (name, _) = &prepared[request as usize % prepared.len()];
        message.push_str(&format!("begin; execute {name}; execute readers; commit;"));
    }

    let mut table = table("Memory of a backend", "requests");
    let messages = options.memory_requests.div_ceil(REQUESTS_IN_A_MESSAGE);
    measure_memory(&mut table, process, messages, REQUESTS_IN_A_MESSAGE, |_| {
        Ok(session.client().batch_execute(&message)?)
    })?;
    check_readers(fixture, &mut session)?;
    table.print();
    Ok(())
}

/// After all these requests the readers must still return the user of the request.
fn check_readers(fixture: &Fixture, session: &mut Session) -> Result<()> {
    for user in &fixture.clerk_users {
        let claims = user.claims(ClaimsSize::Small);
        let seen: Option<String> = session.request("bench_constant", &claims, |transaction| {
            Ok(transaction.query_one("select requesting_user_id()", &[])?.get(0))
        })?;
        if seen.as_deref() != Some(user.subject.as_str()) {
            return Err(format!("requesting_user_id() is {seen:?} instead of {}", user.subject).into());
        }
    }
    Ok(())
}
