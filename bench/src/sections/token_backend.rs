//! A backend that verifies new tokens of one or many issuers.

use postgres::{Client, Statement};

use crate::claims::{signed_claims, ClaimsSize};
use crate::error::Result;
use crate::rounds::Measurement;
use crate::server::Server;
use crate::session::Session;
use crate::signer::Signer;
use crate::users::User;

use super::session_settings::TOKEN_SETTINGS;
use super::token_statements::{in_one_statement, in_transactions, AUTHENTICATE, EMPTY};

/// Changes of a table in one measurement.
pub const CHANGES: usize = 20;

/// The extension's triggers call this function after a write. A real write would fill the table.
const ISSUER_CHANGE: &str = "select clerk_rls.invalidate_issuers('clerk_rls.issuers'::regclass)";

/// No token is of this session.
const REVOCATION_CHANGE: &str = "select clerk_rls.revoke_session('sess_bench')";

#[derive(Clone, Copy)]
pub enum Workload {
    /// All tokens are from one issuer.
    OneIssuer,
    /// Each token is from the next issuer.
    EachIssuerInTurn,
    /// The issuers change before each token, so the backend verifies the token again.
    AfterIssuerChange,
    /// The revocations change before each token, which the backend has verified before: the backend only looks the
    /// token up among the revocations.
    AfterRevocationChange,
}

/// What is done with each token.
#[derive(Clone, Copy)]
pub enum TokenFunction {
    /// A function that does almost nothing.
    Empty,
    Authenticate,
}

pub struct TokenBackend {
    pub name: String,
    session: Session,
    /// Another connection, which changes the issuers or the revocations.
    operator: Client,
    /// The user that the tokens of one issuer sign in.
    user: User,
    /// Different tokens of one issuer.
    tokens: Vec<String>,
    /// A token of each issuer in turn, and the user that it signs in.
    in_turn: Vec<(String, String)>,
    /// By function: a statement for all tokens of one issuer, and a statement for one token.
    for_all: [Statement; 2],
    for_one: [Statement; 2],
}

impl TokenBackend {
    pub fn new(name: String, server: &Server, user: &User, signers: &[Signer], count: usize) -> Result<Self> {
        let mut session = Session::open(server, TOKEN_SETTINGS)?;
        session.client().batch_execute(
            "prepare authenticate(text) as select clerk_rls.authenticate($1); \
             prepare empty(text) as select octet_length($1)",
        )?;
        let one_issuer = signers.last().ok_or("no issuer")?;
        let mut in_turn = Vec::new();
        for (serial, signer) in signers.iter().cycle().take(count).enumerate() {
            let token = signer.sign(&signed_claims(
                ClaimsSize::Small,
                &signer.issuer,
                &user.subject,
                &user.organization,
                serial,
            )?)?;
            in_turn.push((
                token,
                format!("{}{}", subject_prefix(&signer.issuer), user.subject),
            ));
        }
        Ok(Self {
            name,
            operator: server.connect("")?,
            tokens: one_issuer.tokens(ClaimsSize::Small, user, count)?,
            user: User {
                subject: format!("{}{}", subject_prefix(&one_issuer.issuer), user.subject),
                ..user.clone()
            },
            in_turn,
            for_all: [session.prepare(EMPTY)?, session.prepare(AUTHENTICATE)?],
            for_one: [
                session.prepare("select octet_length($1::text)::text")?,
                session.prepare("select clerk_rls.authenticate($1)")?,
            ],
            session,
        })
    }

    pub fn measure(&mut self, workload: Workload, function: TokenFunction) -> Result<Measurement> {
        match workload {
            Workload::OneIssuer => in_one_statement(
                &mut self.session,
                &self.for_all[function as usize],
                &self.tokens,
                &self.user,
            ),
            Workload::EachIssuerInTurn => self.each_issuer_in_turn(function),
            Workload::AfterIssuerChange => self.after_changes(ISSUER_CHANGE, function),
            Workload::AfterRevocationChange => self.after_changes(REVOCATION_CHANGE, function),
        }
    }

    fn each_issuer_in_turn(&mut self, function: TokenFunction) -> Result<Measurement> {
        let name = match function {
            TokenFunction::Empty => "empty",
            TokenFunction::Authenticate => "authenticate",
        };
        let message: String = self
            .in_turn
            .iter()
            .map(|(token, _)| format!("begin; execute {name}('{token}'); commit;"))
            .collect();
        in_transactions(&mut self.session, &message, |turn| {
            let (token, user) = &self.in_turn[turn];
            function.result(token, user)
        })
    }

    fn after_changes(&mut self, change: &str, function: TokenFunction) -> Result<Measurement> {
        let Self {
            session,
            operator,
            tokens,
            for_one,
            user,
            ..
        } = self;
        let (cost, rows) = session.cpu_time(|session| {
            let mut rows = 0;
            for token in &tokens[..CHANGES] {
                operator.batch_execute(change)?;
                let mut transaction = session.client().transaction()?;
                let result: String = transaction
                    .query_one(&for_one[function as usize], &[token])?
                    .get(0);
                transaction.commit()?;
                rows += i64::from(result == function.result(token, &user.subject));
            }
            Ok(rows)
        })?;
        Ok(Measurement { cost, rows })
    }
}

impl TokenFunction {
    /// The expected result for a token of a user.
    fn result(self, token: &str, user: &str) -> String {
        match self {
            Self::Empty => token.len().to_string(),
            Self::Authenticate => user.to_owned(),
        }
    }
}

/// A different one for each issuer, so that nothing kept for one issuer serves the next.
pub fn subject_prefix(issuer: &str) -> &str {
    issuer
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('.'))
        .map_or("", |(number, _)| number)
}
