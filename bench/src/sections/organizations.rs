//! Policies that compare with all organizations of the user: the cost of `requesting_org_ids()` per row, and of the
//! first call after the claims have changed.

use postgres::types::ToSql;
use postgres::Client;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::{self, Fixture};
use crate::options::Options;
use crate::report::{RatioRow, Table, Target};
use crate::rounds::{self, Case, Measurement, Schedule};
use crate::users::User;

use super::refresh::CHANGING_CLAIMS;
use super::scan::count_as;
use super::session_settings::{SCAN_SETTINGS, TOKEN_SETTINGS};

const MAX_RATIO: f64 = 1.10;
/// Microseconds.
const MAX_REFRESH: f64 = 60.0;

const FEW: i32 = 3;
const MANY: i32 = 1_000;

/// The organization with the number `i` of a user, as an SQL expression. The first three are those of rows, which have
/// the numbers below 500; so most rows are compared with all organizations.
const ORG_ID: &str = "'org_' || left(md5('organization ' || case when i < 3 then i else 500 + i end), 27)";

/// Two users with the same number of organizations, but for one that the second user has in addition.
struct Members {
    users: [User; 2],
    organizations: i32,
    /// The organizations of the first user, as the text of an array.
    constant: String,
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut client = fixture.server.connect("")?;
    let few = Members::create(&mut client, fixture.clerk_users.clone(), FEW)?;
    let others = [
        User::with_clerk_id(&mut client, 5)?,
        User::with_clerk_id(&mut client, 7)?,
    ];
    let many = Members::create(&mut client, others, MANY)?;
    fill_memberships(&mut client, options)?;
    scans(fixture, options, &mut client, &few, &many)?;
    refreshes(fixture, options, &[few, many])
}

impl Members {
    fn create(client: &mut Client, users: [User; 2], organizations: i32) -> Result<Self> {
        for (user, count) in users.iter().zip(organizations..) {
            client.execute(
                &format!(
                    "insert into clerk_rls.memberships (user_id, org_id, role, permissions, updated_at)
                     select $1, {ORG_ID}, 'org:member', '{{org:projects:read}}', now()
                     from generate_series(0, $2 - 1) i on conflict do nothing"
                ),
                &[&user.subject, &count],
            )?;
        }
        let array = format!("select array_agg({ORG_ID})::text from generate_series(0, $1 - 1) i");
        Ok(Self {
            users,
            organizations,
            constant: client.query_one(&array, &[&organizations])?.get(0),
        })
    }
}

/// Adds memberships of other users, four of each.
fn fill_memberships(client: &mut Client, options: &Options) -> Result<()> {
    eprintln!("filling {} memberships", options.stored);
    client.batch_execute(&format!(
        "insert into clerk_rls.memberships (user_id, org_id, role, permissions, updated_at)
         select 'user_' || left(md5('member ' || i / 4), 27), {ORG_ID}, 'org:member', '{{org:projects:read}}', now()
         from generate_series(1, {}) i on conflict do nothing",
        options.stored
    ))?;
    client.batch_execute("vacuum (freeze, analyze) clerk_rls.memberships")?;
    Ok(client.batch_execute("checkpoint")?)
}

struct ScanCase<'a> {
    label: &'static str,
    role: &'static str,
    policy: String,
    baseline: usize,
    user: &'a User,
    /// Whether each row is compared with many organizations, one after the other.
    slow: bool,
}

impl Case for ScanCase<'_> {
    fn label(&self) -> &str {
        self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

const FEW_CONSTANT: usize = 0;
const FEW_NATIVE: usize = 1;
const MANY_CONSTANT: usize = 2;
const MANY_NATIVE: usize = 3;
const MANY_NOT_HASHED: usize = 4;

/// In the order of the positions above.
fn scan_cases<'a>(few: &'a Members, many: &'a Members) -> Vec<ScanCase<'a>> {
    let case = |label, role, policy: String, baseline, slow| ScanCase {
        label,
        role,
        policy,
        baseline,
        user: match baseline {
            FEW_CONSTANT => &few.users[0],
            _ => &many.users[0],
        },
        slow,
    };
    let native = || "org_id = any (requesting_org_ids())".to_owned();
    vec![
        case(
            "constant array, 3 organizations",
            "bench_org_ids_few_constant",
            format!("org_id = any ('{}'::text[])", few.constant),
            FEW_CONSTANT,
            false,
        ),
        case(
            "`= any (requesting_org_ids())`, 3 organizations",
            "bench_org_ids_few",
            native(),
            FEW_CONSTANT,
            false,
        ),
        case(
            "constant array, 1000 organizations",
            "bench_org_ids_many_constant",
            format!("org_id = any ('{}'::text[])", many.constant),
            MANY_CONSTANT,
            false,
        ),
        case(
            "`= any (requesting_org_ids())`, 1000 organizations",
            "bench_org_ids_many",
            native(),
            MANY_CONSTANT,
            true,
        ),
        // PostgreSQL builds a hash table of a constant array only.
        case(
            "array of a sub-select, 1000 organizations",
            "bench_org_ids_many_not_hashed",
            format!("org_id = any ((select '{}'::text[])::text[])", many.constant),
            MANY_CONSTANT,
            true,
        ),
        case(
            "`in (select unnest(requesting_org_ids()))`, 1000 organizations",
            "bench_org_ids_many_unnested",
            "org_id in (select unnest(requesting_org_ids()))".to_owned(),
            MANY_CONSTANT,
            false,
        ),
    ]
}

fn scans(
    fixture: &Fixture,
    options: &Options,
    client: &mut Client,
    few: &Members,
    many: &Members,
) -> Result<()> {
    let cases = scan_cases(few, many);
    for ScanCase { role, policy, .. } in &cases {
        fixture::create_role(client, role)?;
        client.batch_execute(&format!(
            "grant select on documents to {role}; drop policy if exists {role} on documents; \
             create policy {role} on documents for select to {role} using ({policy})"
        ))?;
    }
    let schedule = Schedule {
        rounds: options.rounds,
        slow_rounds: options.slow_rounds,
        slow: cases.iter().map(|case| case.slow).collect(),
    };
    let mut session = fixture.session(SCAN_SETTINGS)?;
    let measurements = rounds::interleave(&cases, &schedule, |_, case| {
        count_as(&mut session, case.role, &case.user.claims(ClaimsSize::Small))
    })?;
    let target = Some(Target::AtMost(MAX_RATIO));
    let mut rows = RatioRow::against_baselines(&cases, |case| {
        target.filter(|_| matches!(case, FEW_NATIVE | MANY_NATIVE))
    });
    rows.push(RatioRow {
        label: "`= any (requesting_org_ids())`, relative to the array of a sub-select".into(),
        case: MANY_NATIVE,
        baseline: MANY_NOT_HASHED,
        target,
    });
    Table::of_ratios(
        "Sequential scan, all organizations of the user",
        "CPU ms, median / minimum",
        1.0,
        &rows,
        &measurements,
    )
    .print();
    Ok(())
}

/// A change of the claims, alone or with a reader after it.
struct RefreshCase<'a> {
    label: String,
    baseline: usize,
    members: &'a Members,
    changes: i32,
    sql: String,
}

impl Case for RefreshCase<'_> {
    fn label(&self) -> &str {
        &self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

fn refreshes(fixture: &Fixture, options: &Options, members: &[Members]) -> Result<()> {
    let mut cases = Vec::new();
    for members in members {
        // Former arrays live until the end of the transaction.
        let changes = match members.organizations {
            MANY => 2 * options.changes.div_ceil(200),
            _ => options.changes,
        };
        let baseline = cases.len();
        for (label, counted) in [
            // Half of the changes set the claims of the first user.
            ("the change alone", "count(*) filter (where setting <> '') / 2"),
            (
                "change, then `requesting_org_ids()`",
                "count(*) filter (where setting <> '' and cardinality(requesting_org_ids()) = $2)",
            ),
        ] {
            cases.push(RefreshCase {
                label: format!("{label}, {} organizations", members.organizations),
                baseline,
                members,
                changes: i32::try_from(changes)?,
                sql: format!("select {counted} from {CHANGING_CLAIMS} where $2::int > 0"),
            });
        }
    }
    let mut session = fixture.session(TOKEN_SETTINGS)?;
    let schedule = Schedule::every_round(options.rounds, cases.len());
    let measurements = rounds::interleave(&cases, &schedule, |_, case| {
        let [first, second] = &case.members.users;
        let claims = [first, second].map(|user| user.claims(ClaimsSize::Small));
        let statement = session.prepare(&case.sql)?;
        let parameters: [&(dyn ToSql + Sync); 4] =
            [&case.changes, &case.members.organizations, &claims[1], &claims[0]];
        let (cost, rows) = session.cpu_time(|session| {
            session.request("bench_org_ids_few", &claims[0], |transaction| {
                Ok(transaction.query_one(&statement, &parameters)?.get(0))
            })
        })?;
        Ok(Measurement { cost, rows })
    })?;

    let mut table = Table::new(
        "Change of the claims, all organizations of the user",
        &["operation", "CPU µs each, median / minimum", "target", "verdict"],
    );
    for (position, case) in cases.iter().enumerate() {
        if position != case.baseline {
            table.value(
                case.label.clone(),
                measurements
                    .difference(position, case.baseline)
                    .per(case.changes as usize),
                (case.members.organizations == FEW).then_some(Target::AtMost(MAX_REFRESH)),
            );
        }
    }
    table.note(format!("{} memberships of other users.", options.stored));
    table.print();
    Ok(())
}
