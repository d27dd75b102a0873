//! A backend's memory after many requests of changing users: flat, because
//! whatever a change of claims retires is freed at the end of its transaction.

use crate::backend_process::BackendProcess;
use crate::claims::{self, Size};
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{target_text, verdict_text, Table, Target};
use crate::Result;

/// Requests in one message: round trips would take most of the time.
const REQUESTS_IN_A_MESSAGE: u32 = 100;

/// KiB between the first and the last reading that still count as flat: malloc
/// and the caches settle within that, a leak of a byte a request does not.
const FLAT: f64 = 512.0;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session("-c jit=off")?;
    let process = session.process();
    let [first, second] = &fixture.clerk_users;
    let prepared = [
        ("first_small", first.claims(Size::Small)),
        ("second_large", second.claims(Size::Large)),
        ("second_small", second.claims(Size::Small)),
        ("first_large", first.claims(Size::Large)),
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
         requesting_user_has(permission => '{}'), requesting_user_uuid()",
        claims::GRANTED_PERMISSION
    ))?;
    for request in 0..REQUESTS_IN_A_MESSAGE {
        let (name, _) = &prepared[request as usize % prepared.len()];
        message.push_str(&format!("begin; execute {name}; execute readers; commit;"));
    }

    let mut table = table("Memory of a backend", "requests");
    let messages = options.memory_requests.div_ceil(REQUESTS_IN_A_MESSAGE);
    read_often(&mut table, process, messages, REQUESTS_IN_A_MESSAGE, |_| {
        Ok(session.client().batch_execute(&message)?)
    })?;
    check_readers(fixture, &mut session)?;
    table.print();
    Ok(())
}

pub fn table(title: &str, unit: &'static str) -> Table {
    Table::new(
        title,
        &[
            unit,
            "private memory, KiB",
            "growth since the first reading",
            "target",
            "verdict",
        ],
    )
}

/// Sends so many messages and reads the backend's memory after a hundredth, a tenth and all of them.
pub fn read_often(
    table: &mut Table,
    process: BackendProcess,
    messages: u32,
    requests_in_a_message: u32,
    mut send: impl FnMut(u32) -> Result<()>,
) -> Result<()> {
    let readings = [messages.div_ceil(100), messages.div_ceil(10), messages];
    let mut sent = 0;
    let mut first_reading = None;
    for (place, reading) in readings.into_iter().enumerate() {
        while sent < reading {
            send(sent)?;
            sent += 1;
        }
        let memory = process.private_memory()? as f64;
        let growth = memory - *first_reading.get_or_insert(memory);
        let target = (place > 0).then_some(Target::AtMost(FLAT));
        table.row(vec![
            (u64::from(sent) * u64::from(requests_in_a_message)).to_string(),
            format!("{memory}"),
            format!("{growth}"),
            target_text(target),
            verdict_text(target, growth),
        ]);
    }
    Ok(())
}

/// After all that, the backend still knows who is asking.
fn check_readers(fixture: &Fixture, session: &mut crate::session::Session) -> Result<()> {
    for person in &fixture.clerk_users {
        let claims = person.claims(Size::Small);
        let seen: Option<String> = session.request("bench_constant", &claims, |transaction| {
            Ok(transaction.query_one("select requesting_user_id()", &[])?.get(0))
        })?;
        if seen.as_deref() != Some(person.subject.as_str()) {
            return Err(format!("requesting_user_id() is {seen:?} instead of {}", person.subject).into());
        }
    }
    Ok(())
}
