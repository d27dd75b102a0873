//! A request that scans the whole table.

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::policies::PolicyCase;
use crate::rounds::Measurement;
use crate::session::Session;

pub const SCAN: &str = "select count(*) from documents";

/// Counts the rows that the policy of the case lets through.
pub fn measure_scan(
    session: &mut Session,
    fixture: &Fixture,
    case: &PolicyCase,
    size: ClaimsSize,
) -> Result<Measurement> {
    count_as(session, case.role, &fixture.user(case).claims(size))
}

/// Counts the rows that the policies of this role let through.
pub fn count_as(session: &mut Session, role: &str, claims: &str) -> Result<Measurement> {
    let (cost, rows) = session.cpu_time(|session| {
        session.request(role, claims, |transaction| {
            Ok(transaction.query_one(SCAN, &[])?.get(0))
        })
    })?;
    Ok(Measurement { cost, rows })
}
