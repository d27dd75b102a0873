//! Whether a token costs more when the table of revocations is large.

use clerk_rls_core::token::Algorithm;

use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{Table, Target};
use crate::signer::Signer;

use super::token_backend::{subject_prefix, TokenBackend, Workload};
use super::token_comparison::compare;

/// The highest ratio that still counts as independent of the number.
const MAX_RATIO: f64 = 1.2;

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut table = Table::new(
        "Many revocations",
        &[
            "tokens",
            "CPU µs over an empty function, median / minimum",
            "ratio to no revocations, median / minimum",
            "target",
            "verdict",
        ],
    );
    // HMAC is the cheapest check, so the look-ups are the largest part.
    let backends = [0, 1_000, options.stored]
        .map(|count| with_revocations(fixture, options, count))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let target = Some(Target::AtMost(MAX_RATIO));
    compare(
        options,
        backends,
        &[
            (Workload::OneIssuer, "new, HS256", target),
            (
                Workload::AfterRevocationChange,
                "verified before, the first after a change of the revocations",
                target,
            ),
        ],
        &mut table,
    )?;
    table.print();
    Ok(())
}

/// A database with this number of revocations, of each kind equally many. None is of a token that is measured.
fn with_revocations(fixture: &Fixture, options: &Options, count: u32) -> Result<TokenBackend> {
    eprintln!("filling {count} revocations");
    let server = fixture.database(&format!("clerk_rls_bench_{count}_revocations"))?;
    let mut client = server.connect("")?;
    let signer = Signer::new("https://revocations.bench", Algorithm::HS256)?;
    signer.register(&mut client, subject_prefix(&signer.issuer))?;
    client.batch_execute(&format!(
        "insert into clerk_rls.revocations (kind, subject, org_id, not_before)
         select kind, prefix || left(md5('revoked ' || n), 27), case when kind = 'membership' then 'org_' || n else '' end,
             case when kind in ('user', 'membership') then now() end
         from generate_series(0, {count} - 1) n
         join (values (0, 'session', 'sess_'), (1, 'token', ''), (2, 'user', 'user_'), (3, 'membership', 'user_'))
             as kinds (number, kind, prefix) on number = n % 4"
    ))?;
    client.batch_execute("vacuum (freeze, analyze) clerk_rls.revocations")?;
    client.batch_execute("checkpoint")?;
    let name = format!("{count} revocations");
    TokenBackend::new(name, &server, &fixture.clerk_users[0], &[signer], options.tokens)
}
