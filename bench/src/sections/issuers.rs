//! Whether a token costs more where there are many issuers, or many keys of one.

use clerk_rls_core::token::Algorithm;
use postgres::{Client, Statement};

use crate::claims::Size;
use crate::fixture::{Fixture, Person};
use crate::options::Options;
use crate::report::{Table, Target};
use crate::rounds::{self, Contestant, Net, Plan, Unit};
use crate::server::Server;
use crate::session::Session;
use crate::signer::Signer;
use crate::Result;

use super::authenticate::{in_one_statement, AUTHENTICATE, EMPTY, TURNS_IN_A_ROUND};
use super::repeated::in_transactions;

const FLAT: f64 = 1.2;

/// Changes of the issuers in one measurement.
const CHANGES: usize = 20;

/// What the extension's triggers do after a write; a write itself would fill the table.
const CHANGE: &str = "select clerk_rls.invalidate_issuers('clerk_rls.issuers'::regclass)";

/// A backend, and what it is asked.
struct Place {
    name: String,
    session: Session,
    operator: Client,
    person: Person,
    /// Different tokens of one issuer.
    tokens: Vec<String>,
    /// A token of each issuer in turn, and whom it signs in.
    in_turn: Vec<(String, String)>,
    statements: [Statement; 2],
    calls: [Statement; 2],
}

impl Place {
    fn new(name: String, server: &Server, person: &Person, signers: &[Signer], count: usize) -> Result<Self> {
        let mut session = Session::open(server, super::TOKEN_SETTINGS)?;
        session.client().batch_execute(
            "prepare authenticate(text) as select clerk_rls.authenticate($1); \
             prepare empty(text) as select octet_length($1)",
        )?;
        let of_one = signers.last().ok_or("no issuer")?;
        let mut in_turn = Vec::new();
        for (serial, signer) in signers.iter().cycle().take(count).enumerate() {
            let token = signer.sign(&crate::claims::of_token(
                Size::Small,
                &signer.issuer,
                &person.subject,
                &person.organization,
                serial,
            )?)?;
            in_turn.push((token, format!("{}{}", prefix(&signer.issuer), person.subject)));
        }
        Ok(Self {
            name,
            operator: server.connect("")?,
            tokens: of_one.tokens(Size::Small, person, count)?,
            person: Person {
                subject: format!("{}{}", prefix(&of_one.issuer), person.subject),
                ..person.clone()
            },
            in_turn,
            statements: [session.prepare(EMPTY)?, session.prepare(AUTHENTICATE)?],
            calls: [
                session.prepare("select octet_length($1::text)::text")?,
                session.prepare("select clerk_rls.authenticate($1)")?,
            ],
            session,
        })
    }

    fn measure(&mut self, arm: &Arm) -> Result<Unit> {
        let which = usize::from(arm.authenticates);
        match arm.way {
            Way::OneIssuer => in_one_statement(
                &mut self.session,
                &self.statements[which],
                &self.tokens,
                &self.person,
            ),
            Way::EachInTurn => {
                let function = ["empty", "authenticate"][which];
                let message: String = self
                    .in_turn
                    .iter()
                    .map(|(token, _)| format!("begin; execute {function}('{token}'); commit;"))
                    .collect();
                in_transactions(&mut self.session, &message, |turn| {
                    let (token, user) = &self.in_turn[turn];
                    [&token.len().to_string(), user][which].clone()
                })
            }
            Way::AfterChange => self.after_changes(which),
        }
    }

    fn after_changes(&mut self, which: usize) -> Result<Unit> {
        let Self {
            session,
            operator,
            tokens,
            calls,
            person,
            ..
        } = self;
        let (cost, rows) = session.cpu_time(|session| {
            let mut rows = 0;
            for token in &tokens[..CHANGES] {
                operator.batch_execute(CHANGE)?;
                let mut transaction = session.client().transaction()?;
                let answer: String = transaction.query_one(&calls[which], &[token])?.get(0);
                transaction.commit()?;
                rows += i64::from(answer == [&token.len().to_string(), &person.subject][which].as_str());
            }
            Ok(rows)
        })?;
        Ok(Unit { cost, rows })
    }
}

#[derive(Clone, Copy)]
enum Way {
    OneIssuer,
    EachInTurn,
    AfterChange,
}

struct Arm {
    label: String,
    base: usize,
    place: usize,
    way: Way,
    authenticates: bool,
}

impl Contestant for Arm {
    fn label(&self) -> &str {
        &self.label
    }

    fn base(&self) -> usize {
        self.base
    }
}

pub fn run(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut table = Table::new(
        "Many issuers, many keys",
        &[
            "a new token",
            "CPU µs over an empty function, median / minimum",
            "ratio to one, median / minimum",
            "target",
            "verdict",
        ],
    );
    // HMAC is the cheapest check, so that the rest shows most.
    let places = [1, options.issuers]
        .map(|count| among_issuers(fixture, options, count))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let flat = Some(Target::AtMost(FLAT));
    compare(
        options,
        places,
        &[
            (Way::OneIssuer, "of one issuer", flat),
            (
                Way::EachInTurn,
                "of each issuer in turn, a transaction each",
                flat,
            ),
            (Way::AfterChange, "the first after a change of issuers", flat),
        ],
        &mut table,
    )?;
    let places = [1, options.keys]
        .map(|count| among_keys(fixture, options, count))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    compare(
        options,
        places,
        &[
            (Way::OneIssuer, "ES256", flat),
            // Each key is checked and compiled, which cannot be flat.
            (
                Way::AfterChange,
                "ES256, the first after a change of issuers",
                None,
            ),
        ],
        &mut table,
    )?;
    table.print();
    Ok(())
}

fn among_issuers(fixture: &Fixture, options: &Options, count: usize) -> Result<Place> {
    let server = fixture.database(&format!("clerk_rls_bench_{count}_issuers"))?;
    let mut client = server.connect("")?;
    let signer = Signer::new("", Algorithm::HS256)?;
    let mut signers = Vec::new();
    for number in 0..count {
        let signer = signer.of_issuer(&format!("https://{number}.issuers.bench"));
        signer.register(&mut client, prefix(&signer.issuer))?;
        signers.push(signer);
    }
    client.batch_execute("vacuum analyze clerk_rls.issuers, clerk_rls.issuer_secrets")?;
    let name = format!("{count} issuer{}", if count == 1 { "" } else { "s" });
    Place::new(name, &server, &fixture.clerk_users[0], &signers, options.tokens)
}

fn among_keys(fixture: &Fixture, options: &Options, count: usize) -> Result<Place> {
    let signer = Signer::new(&format!("https://{count}.keys.bench"), Algorithm::ES256)?;
    let mut client = fixture.server.connect("")?;
    signer.register_with(&mut client, prefix(&signer.issuer), &signer.key_set(count)?)?;
    let name = format!("{count} key{}", if count == 1 { "" } else { "s" });
    let person = &fixture.clerk_users[0];
    Place::new(name, &fixture.server, person, &[signer], options.tokens)
}

/// Another for each issuer, so that what is kept of one does not serve the next.
fn prefix(issuer: &str) -> &str {
    issuer
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('.'))
        .map_or("", |(number, _)| number)
}

/// Compares each place with the first. One way after the other, because a change would also be one
/// for the ways that are about none.
fn compare(
    options: &Options,
    mut places: Vec<Place>,
    ways: &[(Way, &str, Option<Target>)],
    table: &mut Table,
) -> Result<()> {
    for (way, label, target) in ways {
        let mut arms = Vec::new();
        for (position, place) in places.iter().enumerate() {
            for authenticates in [false, true] {
                arms.push(Arm {
                    label: format!("{label}, {}", place.name),
                    base: 2 * position,
                    place: position,
                    way: *way,
                    authenticates,
                });
            }
        }
        let plan = Plan::every_round(options.rounds * TURNS_IN_A_ROUND, arms.len());
        let measurements = rounds::interleave(&arms, &plan, |_, arm| places[arm.place].measure(arm))?;

        let count = match way {
            Way::AfterChange => CHANGES,
            Way::OneIssuer | Way::EachInTurn => options.tokens,
        };
        let one = Net {
            arm: 1,
            less: Some(0),
        };
        for position in 0..places.len() {
            let net = Net {
                arm: 2 * position + 1,
                less: Some(2 * position),
            };
            let ratio = (position > 0).then(|| measurements.net_ratio(net, one));
            table.value_and_ratio(
                arms[net.arm].label.clone(),
                measurements.net(net).per(count),
                ratio,
                target.filter(|_| position > 0),
            );
        }
    }
    Ok(())
}
