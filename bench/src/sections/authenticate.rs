//! What a token costs that this backend has not seen: `authenticate()` against the bare check of the
//! signature, which nobody can leave out.
//!
//! Tokens are authenticated in one statement, so that round trips do not drown them, and the same
//! statement with an empty function is subtracted. There are more of them than a backend keeps, in
//! the same order each time, so each is new when its turn comes.

use postgres::Statement;

use crate::claims::Size;
use crate::fixture::{Fixture, Person};
use crate::options::Options;
use crate::report::{factor, short, target_text, verdict_text, Table, Target};
use crate::rounds::{self, Contestant, Net, Plan, Unit};
use crate::session::Session;
use crate::signer::{BareCheck, ParsedCheck, Signer, ALGORITHMS};
use crate::thread_time;
use crate::Result;

/// Statements are short here, so that there can be more of them.
pub const TURNS_IN_A_ROUND: usize = 5;

/// $1 is the tokens, $2 the user whose they are: the count proves that each signed the right one in.
pub const AUTHENTICATE: &str =
    "select count(*) filter (where clerk_rls.authenticate(token) = $2) from unnest($1::text[]) token";
/// The length in bytes is in the header of the datum.
pub const EMPTY: &str =
    "select count(*) filter (where octet_length(token) > octet_length($2::text)) from unnest($1::text[]) token";

const RATIO: f64 = 1.5;

/// One algorithm, each way.
struct Arm {
    label: String,
    base: usize,
    subject: usize,
    way: Way,
}

enum Way {
    Statement(Statement),
    Bare(BareCheck),
    Parsed(ParsedCheck),
}

impl Contestant for Arm {
    fn label(&self) -> &str {
        &self.label
    }

    fn base(&self) -> usize {
        self.base
    }
}

struct Subject {
    signer: Signer,
    tokens: Vec<String>,
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let person = &fixture.clerk_users[0];
    let mut session = fixture.session(super::TOKEN_SETTINGS)?;
    let mut subjects = Vec::new();
    for algorithm in ALGORITHMS {
        let signer = Signer::new(&format!("https://{algorithm}.bench"), algorithm)?;
        signer.register(session.client(), "")?;
        let tokens = signer.tokens(Size::Small, person, options.tokens)?;
        subjects.push(Subject { signer, tokens });
    }

    let mut arms = Vec::new();
    for (position, subject) in subjects.iter().enumerate() {
        let base = arms.len();
        let signer = &subject.signer;
        for (way, name) in [
            (Way::Statement(session.prepare(EMPTY)?), "an empty function"),
            (Way::Statement(session.prepare(AUTHENTICATE)?), "authenticate()"),
            (Way::Bare(signer.bare_check()?), "jsonwebtoken"),
            (Way::Parsed(signer.parsed_check()?), "aws-lc"),
        ] {
            arms.push(Arm {
                label: format!("{name} on {}", signer.algorithm),
                base,
                subject: position,
                way,
            });
        }
    }
    let plan = Plan::every_round(options.rounds * TURNS_IN_A_ROUND, arms.len());
    let measurements = rounds::interleave(&arms, &plan, |_, arm| {
        let tokens = &subjects[arm.subject].tokens;
        match &arm.way {
            Way::Statement(statement) => in_one_statement(&mut session, statement, tokens, person),
            Way::Bare(check) => in_this_process(tokens, |token| check.holds(token)),
            Way::Parsed(check) => in_this_process(tokens, |token| check.holds(token)),
        }
    })?;

    let mut table = Table::new(
        "A new token",
        &[
            "algorithm",
            "`authenticate()`, CPU µs over an empty function",
            "the bare check by jsonwebtoken, µs",
            "ratio, median / minimum",
            "target",
            "verdict",
            "by aws-lc with a parsed key, µs",
        ],
    );
    for (position, subject) in subjects.iter().enumerate() {
        let empty = 4 * position;
        let ours = Net {
            arm: empty + 1,
            less: Some(empty),
        };
        let [bare, parsed] = [2, 3].map(|offset| Net {
            arm: empty + offset,
            less: None,
        });
        let each = |net| {
            let cost = measurements.net(net).per(options.tokens);
            format!("{} / {}", short(cost.median), short(cost.minimum))
        };
        let ratio = measurements.net_ratio(ours, bare);
        let target = Some(Target::AtMost(RATIO));
        table.row(vec![
            subject.signer.algorithm.to_string(),
            each(ours),
            each(bare),
            format!("{} / {}", factor(ratio.median), factor(ratio.minimum)),
            target_text(target),
            verdict_text(target, ratio.median),
            each(parsed),
        ]);
    }
    table.note(format!(
        "{} tokens of {} to {} bytes, costs of each: median / minimum.",
        options.tokens,
        length(&subjects, usize::min),
        length(&subjects, usize::max),
    ));
    table.print();
    Ok(())
}

/// A transaction that hands all tokens to one statement.
pub fn in_one_statement(
    session: &mut Session,
    statement: &Statement,
    tokens: &[String],
    person: &Person,
) -> Result<Unit> {
    let (cost, rows) = session.cpu_time(|session| {
        let mut transaction = session.client().transaction()?;
        let rows = transaction
            .query_one(statement, &[&tokens, &person.subject])?
            .get(0);
        transaction.commit()?;
        Ok(rows)
    })?;
    Ok(Unit { cost, rows })
}

fn in_this_process(tokens: &[String], holds: impl Fn(&str) -> bool) -> Result<Unit> {
    let (cost, held) = thread_time::cpu_time(|| Ok(tokens.iter().filter(|token| holds(token)).count()))?;
    Ok(Unit {
        cost,
        rows: i64::try_from(held)?,
    })
}

fn length(subjects: &[Subject], choose: fn(usize, usize) -> usize) -> usize {
    subjects
        .iter()
        .flat_map(|subject| subject.tokens.iter().map(String::len))
        .reduce(choose)
        .unwrap_or_default()
}
