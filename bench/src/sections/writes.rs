//! INSERT and UPDATE of many rows in one statement, rolled back. An INSERT asks
//! the reader once a row (WITH CHECK), an UPDATE twice (USING and WITH CHECK).

use crate::arms::{self, NATIVE, NATIVE_UUID};
use crate::claims::Size;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Plan, Unit};
use crate::Result;

pub struct Write {
    title: &'static str,
    statement: fn(&Fixture, &Options) -> String,
    /// Brings the table back to the state before the write that was rolled back:
    /// dead rows would make every arm dearer than the one before it.
    clean_up: &'static str,
}

pub const INSERT: Write = Write {
    title: "INSERT",
    statement: insert,
    clean_up: "truncate inserts",
};

pub const UPDATE: Write = Write {
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

pub fn run(write: &Write, fixture: &Fixture, options: &Options) -> Result<()> {
    let mut session = fixture.session(super::SCAN_SETTINGS)?;
    let mut cleaner = fixture.server.connect("")?;
    let arms = &fixture.owner_arms;
    let statement = (write.statement)(fixture, options);
    let plan = Plan::every_round(options.rounds, arms.len());
    let measurements = rounds::interleave(arms, &plan, |_, arm| {
        let claims = fixture.person(arm).claims(Size::Small);
        let (cost, rows) = session.cpu_time(|session| {
            session.request_rolled_back(arm.role, &claims, |transaction| {
                Ok(transaction.execute(statement.as_str(), &[])?)
            })
        })?;
        cleaner.batch_execute(write.clean_up)?;
        Ok(Unit {
            cost,
            rows: i64::try_from(rows)?,
        })
    })?;
    let comparisons = arms::against_constants(arms, |arm| {
        matches!(arm, NATIVE | NATIVE_UUID).then_some(Target::AtMost(1.10))
    });
    Table::of_ratios(
        format!(
            "{} of {} rows, {}",
            write.title,
            options.batch,
            Size::Small.label()
        ),
        "CPU ms, median / minimum",
        1.0,
        &comparisons,
        &measurements,
    )
    .print();
    Ok(())
}
