//! Whether a new token costs more with many issuers, or with many keys of one issuer.

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
        "Many issuers, many keys",
        &[
            "new tokens",
            "CPU µs over an empty function, median / minimum",
            "ratio to one issuer or key, median / minimum",
            "target",
            "verdict",
        ],
    );
    // HMAC is the cheapest check, so the cost of finding the issuer is the largest part.
    let backends = [1, options.issuers]
        .map(|count| with_issuers(fixture, options, count))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let target = Some(Target::AtMost(MAX_RATIO));
    compare(
        options,
        backends,
        &[
            (Workload::OneIssuer, "of one issuer", target),
            (
                Workload::EachIssuerInTurn,
                "of each issuer in turn, a transaction each",
                target,
            ),
            (
                Workload::AfterIssuerChange,
                "the first after a change of the issuers",
                target,
            ),
        ],
        &mut table,
    )?;
    let backends = [1, options.keys]
        .map(|count| with_keys(fixture, options, count))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    compare(
        options,
        backends,
        &[
            (Workload::OneIssuer, "ES256", target),
            // No target: the backend checks and parses every key.
            (
                Workload::AfterIssuerChange,
                "ES256, the first after a change of the issuers",
                None,
            ),
        ],
        &mut table,
    )?;
    table.print();
    Ok(())
}

fn with_issuers(fixture: &Fixture, options: &Options, count: usize) -> Result<TokenBackend> {
    let server = fixture.database(&format!("clerk_rls_bench_{count}_issuers"))?;
    let mut client = server.connect("")?;
    let signer = Signer::new("", Algorithm::HS256)?;
    let mut signers = Vec::new();
    for number in 0..count {
        let signer = signer.with_issuer(&format!("https://{number}.issuers.bench"));
        signer.register(&mut client, subject_prefix(&signer.issuer))?;
        signers.push(signer);
    }
    client.batch_execute("vacuum analyze clerk_rls.issuers, clerk_rls.issuer_secrets")?;
    let name = format!("{count} issuer{}", if count == 1 { "" } else { "s" });
    TokenBackend::new(name, &server, &fixture.clerk_users[0], &signers, options.tokens)
}

fn with_keys(fixture: &Fixture, options: &Options, count: usize) -> Result<TokenBackend> {
    let signer = Signer::new(&format!("https://{count}.keys.bench"), Algorithm::ES256)?;
    let mut client = fixture.server.connect("")?;
    signer.register_with(
        &mut client,
        subject_prefix(&signer.issuer),
        &signer.key_set(count)?,
    )?;
    let name = format!("{count} key{}", if count == 1 { "" } else { "s" });
    let user = &fixture.clerk_users[0];
    TokenBackend::new(name, &fixture.server, user, &[signer], options.tokens)
}
