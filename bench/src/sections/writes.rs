//! An INSERT or UPDATE of many rows in one statement, rolled back. An INSERT calls the reader once per row,
//! in WITH CHECK; an UPDATE calls it twice, in USING and WITH CHECK.

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::policies::{NATIVE, NATIVE_UUID};
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Measurement, Schedule};

use super::session_settings::SCAN_SETTINGS;

pub struct WriteStatement {
    title: &'static str,
    statement: fn(&Fixture, &Options) -> String,
    /// Removes the dead rows of the write that was rolled back; they would make each case more expensive than
    /// the one before it.
    clean_up: &'static str,
}

pub const INSERT: WriteStatement = WriteStatement {
    title: "INSERT",
    statement: insert,
    clean_up: "truncate inserts",
};

pub const UPDATE: WriteStatement = WriteStatement {
    title: "UPDATE",
    statement: |_, _| "update updates set org_role = 'org:member'".to_owned(),
    clean_up: "vacuum (freeze) updates",
};

fn insert(fixture: &Fixture, options: &Options) -> String {
    format!(
        "insert into inserts select n, '{}', true, '{}', '{}', 'org:admin' from generate_series(1, {}) n",
        fixture.uuid_users[0].subject,
        fixture.clerk_users[0].subject,
        fixture.clerk_users[0].organization,
        options.batch,
    )
}

pub fn run(write: &WriteStatement, fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(SCAN_SETTINGS)?;
    let mut cleaner = fixture.server.connect("")?;
    let cases = &fixture.owner_cases;
    let statement = (write.statement)(fixture, options);
    let schedule = Schedule::every_round(options.rounds, cases.len());
    let measurements = rounds::interleave(cases, &schedule, |_, case| {
        let claims = fixture.user(case).claims(ClaimsSize::Small);
        let (cost, rows) = session.cpu_time(|session| {
            session.request_rolled_back(case.role, &claims, |transaction| {
                Ok(transaction.execute(statement.as_str(), &[])?)
            })
        })?;
        cleaner.batch_execute(write.clean_up)?;
        Ok(Measurement {
            cost,
            rows: i64::try_from(rows)?,
        })
    })?;
    let rows = RatioRow::against_baselines(cases, |case| {
        matches!(case, NATIVE | NATIVE_UUID).then_some(Target::AtMost(1.10))
    });
    Table::of_ratios(
        format!(
            "{} of {} rows, {}",
            write.title,
            options.batch,
            ClaimsSize::Small.label()
        ),
        "CPU ms, median / minimum",
        1.0,
        &rows,
        &measurements,
    )
    .print();
    Ok(())
}
