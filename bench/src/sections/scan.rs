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
    let claims = fixture.user(case).claims(size);
    let (cost, rows) = session.cpu_time(|session| {
        session.request(case.role, &claims, |transaction| {
            Ok(transaction.query_one(SCAN, &[])?.get(0))
        })
    })?;
    Ok(Measurement { cost, rows })
}
