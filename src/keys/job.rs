//! What the worker, its visitors and its child tell each other, as JSON.

use clerk_rls_core::jwks::FetchError;
use serde::{Deserialize, Serialize};

/// What a visitor is told.
#[derive(Default, Deserialize, Serialize)]
pub struct Errand {
    /// The worker has just started: what was fetched before may be old.
    pub first: bool,
    pub done: Option<Done>,
}

/// What a visitor answers.
#[derive(Default, Deserialize, Serialize)]
pub struct Reply {
    /// The keys of an issuer are due.
    pub job: Option<Job>,
    /// In how many seconds the next ones are due; `None`: there are none.
    pub seconds: Option<i64>,
}

/// An issuer whose keys are to be fetched.
#[derive(Clone, Deserialize, Serialize)]
pub struct Job {
    pub issuer: String,
    pub provider: String,
    /// What the operator has said.
    pub jwks_url: Option<String>,
    /// How many attempts have failed in a row.
    pub failures: u32,
    pub due: String,
    /// Where the keys were found last, with their entity tag.
    pub url: Option<String>,
    pub etag: Option<String>,
}

/// What has become of a job.
#[derive(Deserialize, Serialize)]
pub struct Done {
    pub job: Job,
    pub outcome: Outcome,
}

#[derive(Deserialize, Serialize)]
pub enum Outcome {
    Keys {
        url: String,
        etag: Option<String>,
        jwks: String,
    },
    /// The entity tag still counts.
    Unchanged {
        url: String,
    },
    Failed(String),
}

impl From<Result<Outcome, FetchError>> for Outcome {
    fn from(result: Result<Outcome, FetchError>) -> Self {
        result.unwrap_or_else(|error| Self::Failed(error.to_string()))
    }
}
