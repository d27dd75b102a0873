//! The command line. `std::env` is enough, so the benchmark needs no crate for it.

use std::str::FromStr;

use crate::error::Result;
use crate::section::Section;

pub const USAGE: &str = "\
Measures the cost of Row Level Security with clerk_rls, and prints Markdown tables.

usage: clerk_rls_bench [OPTION VALUE]...

  --rows N             rows in the table that is scanned (1000000)
  --users N            users who own these rows, a divisor of --rows (rows / 20)
  --rounds N           interleaved rounds (7)
  --slow-rounds N      rounds for policies that take microseconds per row (2)
  --batch N            rows in one INSERT or UPDATE (100000)
  --requests N         index look-ups per policy and round (1000)
  --changes N          changes of the claims per measurement of a change (20000)
  --tokens N           different tokens to authenticate per measurement (1000)
  --issuers N          issuers in the section issuers (1000)
  --keys N             keys of one issuer in the section issuers, at most 128 (100)
  --stored N           users, memberships and revocations that are stored in the sections
                       webhooks, organizations and revocations (1000000)
  --events N           webhooks per measurement (200)
  --memory-requests N  requests in the memory sections (1000000)
  --cancels N          statements to cancel while they authenticate (3000)
  --only SECTION       run one section: seq, index, insert, update, parallel, readers,
                       refresh, fallback, memory, authenticate, repeated, issuers,
                       revocations, organizations, webhooks, pgcrypto or
                       authenticate-memory; may be repeated
  --quick              100000 rows, 3 rounds and less of everything else;
                       options after it override it
  --help               print this help

The program connects to the server given by PGHOST, PGPORT, PGUSER, PGPASSWORD and
PGDATABASE, which must run on this machine, as a superuser. It drops and creates
databases named clerk_rls_bench* and roles named bench_*. Use a throwaway server, as
`make bench` does.";

/// Twice as many as the number of verified tokens that a backend keeps: `MAX_KEPT` in
/// `src/identity/authentication.rs` of the extension.
const MIN_TOKENS: usize = 512;

pub struct Options {
    pub rows: u32,
    pub users: u32,
    pub rounds: usize,
    pub slow_rounds: usize,
    pub batch: u32,
    pub requests: u32,
    pub changes: u32,
    pub tokens: usize,
    pub issuers: usize,
    pub keys: usize,
    pub stored: u32,
    pub events: u32,
    pub memory_requests: u32,
    pub cancels: u32,
    pub sections: Vec<Section>,
}

impl Options {
    /// `None` when the user asked for help.
    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            rows: 1_000_000,
            users: 0,
            rounds: 7,
            slow_rounds: 2,
            batch: 100_000,
            requests: 1_000,
            changes: 20_000,
            tokens: 1_000,
            issuers: 1_000,
            keys: 100,
            stored: 1_000_000,
            events: 200,
            memory_requests: 1_000_000,
            cancels: 3_000,
            sections: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let (name, mut inline) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            let mut value = || {
                inline
                    .take()
                    .or_else(|| arguments.next())
                    .ok_or_else(|| format!("{name} needs a value"))
            };
            match name.as_str() {
                "--rows" => options.rows = positive(&name, &value()?)?,
                "--users" => options.users = positive(&name, &value()?)?,
                "--rounds" => options.rounds = positive(&name, &value()?)?,
                "--slow-rounds" => options.slow_rounds = positive(&name, &value()?)?,
                "--batch" => options.batch = positive(&name, &value()?)?,
                "--requests" => options.requests = positive(&name, &value()?)?,
                "--changes" => options.changes = positive(&name, &value()?)?,
                "--tokens" => options.tokens = positive(&name, &value()?)?,
                "--issuers" => options.issuers = positive(&name, &value()?)?,
                "--keys" => options.keys = positive(&name, &value()?)?,
                "--stored" => options.stored = positive(&name, &value()?)?,
                "--events" => options.events = positive(&name, &value()?)?,
                "--cancels" => options.cancels = positive(&name, &value()?)?,
                "--memory-requests" => options.memory_requests = positive(&name, &value()?)?,
                "--only" => {
                    for section in value()?.split(',') {
                        options.sections.push(Section::from_name(section)?);
                    }
                }
                "--quick" => options.make_quick(),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown option {name}\n\n{USAGE}").into()),
            }
        }
        options.complete()?;
        Ok(Some(options))
    }

    fn make_quick(&mut self) {
        self.rows = 100_000;
        self.rounds = 3;
        self.slow_rounds = 1;
        self.requests = 300;
        self.changes = 5_000;
        self.tokens = 600;
        self.stored = 50_000;
        self.events = 100;
        self.memory_requests = 100_000;
        self.cancels = 1_000;
    }

    fn complete(&mut self) -> Result<()> {
        if self.users == 0 {
            self.users = self.rows / 20;
        }
        // Each owner has the same number of rows, so that the index look-ups of all cases read equally many.
        // The program signs in as four of the owners.
        if self.users < 5 || !self.rows.is_multiple_of(self.users) {
            return Err("--users must be at least 5 and divide --rows".into());
        }
        // The section webhooks compares with 1000 users, in a database of its own.
        if self.stored <= 1_000 {
            return Err("--stored must be more than 1000".into());
        }
        if !self.changes.is_multiple_of(2) {
            return Err("--changes must be even".into());
        }
        // With fewer tokens, a backend would still know some of them from the round before.
        if self.tokens < MIN_TOKENS {
            return Err(format!("--tokens must be at least {MIN_TOKENS}").into());
        }
        self.slow_rounds = self.slow_rounds.min(self.rounds);
        if self.sections.is_empty() {
            self.sections = Section::ALL.to_vec();
        }
        Ok(())
    }
}

fn positive<N: FromStr + PartialOrd + From<u8>>(name: &str, value: &str) -> Result<N> {
    match value.parse::<N>() {
        Ok(number) if number >= N::from(1) => Ok(number),
        _ => Err(format!("{name} must be a positive number, not \"{value}\"").into()),
    }
}
