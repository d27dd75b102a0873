//! The cost of a token that the backend has not verified before: `authenticate()`, compared with the check of
//! the signature alone.
//!
//! One statement authenticates all tokens, so that round trips do not hide their cost; the cost of the same
//! statement with an empty function is subtracted. The tokens are more than a backend keeps, and always come
//! in the same order, so each token is new when its turn comes.

use postgres::Statement;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;
use crate::report::{factor, short, target_text, verdict_text, Table, Target};
use crate::rounds::{self, Case, Measurement, NetCost, Schedule};
use crate::signer::{AwsLcCheck, JsonwebtokenCheck, Signer, ALGORITHMS};
use crate::thread_time;

use super::session_settings::TOKEN_SETTINGS;
use super::token_statements::{in_one_statement, AUTHENTICATE, EMPTY, TURNS_IN_A_ROUND};

const MAX_RATIO: f64 = 1.5;

/// An algorithm and a way to verify its tokens.
struct VerificationCase {
    label: String,
    baseline: usize,
    /// The position of the algorithm.
    algorithm: usize,
    verifier: Verifier,
}

enum Verifier {
    Statement(Statement),
    Jsonwebtoken(JsonwebtokenCheck),
    AwsLc(AwsLcCheck),
}

impl Case for VerificationCase {
    fn label(&self) -> &str {
        &self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

struct SignedTokens {
    signer: Signer,
    tokens: Vec<String>,
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let user = &fixture.clerk_users[0];
    let mut session = fixture.session(TOKEN_SETTINGS)?;
    let mut algorithms = Vec::new();
    for algorithm in ALGORITHMS {
        let signer = Signer::new(&format!("https://{algorithm}.bench"), algorithm)?;
        signer.register(session.client(), "")?;
        let tokens = signer.tokens(ClaimsSize::Small, user, options.tokens)?;
        algorithms.push(SignedTokens { signer, tokens });
    }

    let mut cases = Vec::new();
    for (position, algorithm) in algorithms.iter().enumerate() {
        let baseline = cases.len();
        let signer = &algorithm.signer;
        for (verifier, name) in [
            (Verifier::Statement(session.prepare(EMPTY)?), "an empty function"),
            (
                Verifier::Statement(session.prepare(AUTHENTICATE)?),
                "authenticate()",
            ),
            (
                Verifier::Jsonwebtoken(signer.jsonwebtoken_check()?),
                "jsonwebtoken",
            ),
            (Verifier::AwsLc(signer.aws_lc_check()?), "aws-lc"),
        ] {
            cases.push(VerificationCase {
                label: format!("{name} on {}", signer.algorithm),
                baseline,
                algorithm: position,
                verifier,
            });
        }
    }
    let schedule = Schedule::every_round(options.rounds * TURNS_IN_A_ROUND, cases.len());
    let measurements = rounds::interleave(&cases, &schedule, |_, case| {
        let tokens = &algorithms[case.algorithm].tokens;
        match &case.verifier {
            Verifier::Statement(statement) => in_one_statement(&mut session, statement, tokens, user),
            Verifier::Jsonwebtoken(check) => in_this_process(tokens, |token| check.holds(token)),
            Verifier::AwsLc(check) => in_this_process(tokens, |token| check.holds(token)),
        }
    })?;

    let mut table = Table::new(
        "A new token",
        &[
            "algorithm",
            "`authenticate()`, CPU µs over an empty function",
            "signature check by jsonwebtoken, µs",
            "ratio, median / minimum",
            "target",
            "verdict",
            "signature check by aws-lc with a parsed key, µs",
        ],
    );
    for (position, algorithm) in algorithms.iter().enumerate() {
        let empty = 4 * position;
        let authenticate = NetCost {
            case: empty + 1,
            minus: Some(empty),
        };
        let [jsonwebtoken, aws_lc] = [2, 3].map(|offset| NetCost {
            case: empty + offset,
            minus: None,
        });
        let each = |net| {
            let cost = measurements.net(net).per(options.tokens);
            format!("{} / {}", short(cost.median), short(cost.minimum))
        };
        let ratio = measurements.net_ratio(authenticate, jsonwebtoken);
        let target = Some(Target::AtMost(MAX_RATIO));
        table.row(vec![
            algorithm.signer.algorithm.to_string(),
            each(authenticate),
            each(jsonwebtoken),
            format!("{} / {}", factor(ratio.median), factor(ratio.minimum)),
            target_text(target),
            verdict_text(target, ratio.median),
            each(aws_lc),
        ]);
    }
    table.note(format!(
        "{} tokens of {} to {} bytes each. Costs are per token, median / minimum.",
        options.tokens,
        length(&algorithms, usize::min),
        length(&algorithms, usize::max),
    ));
    table.print();
    Ok(())
}

fn in_this_process(tokens: &[String], holds: impl Fn(&str) -> bool) -> Result<Measurement> {
    let (cost, valid) = thread_time::cpu_time(|| Ok(tokens.iter().filter(|token| holds(token)).count()))?;
    Ok(Measurement {
        cost,
        rows: i64::try_from(valid)?,
    })
}

fn length(algorithms: &[SignedTokens], choose: fn(usize, usize) -> usize) -> usize {
    algorithms
        .iter()
        .flat_map(|algorithm| algorithm.tokens.iter().map(String::len))
        .reduce(choose)
        .unwrap_or_default()
}
