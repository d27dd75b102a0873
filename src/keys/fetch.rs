//! Fetching the keys of one issuer: by its `jwks_url`, or by its discovery document.

use clerk_rls_core::jwks::{check, discovery, FetchError, KeysUrl};
use clerk_rls_core::Provider;

use crate::keys::http::{Answer, Client};
use crate::keys::job::{Job, Outcome};

/// What has become of the job.
pub fn fetch(job: &Job, client: &Client) -> Result<Outcome, FetchError> {
    let answer = match &job.jwks_url {
        Some(url) => keys_at(&KeysUrl::parse(url)?, job, client)?,
        None => discover(job, client)?,
    };
    let url = answer.url.as_str().to_owned();
    Ok(match answer.body {
        None => Outcome::Unchanged { url },
        Some(body) => Outcome::Keys {
            url,
            etag: answer.etag,
            jwks: check(&body)?.to_owned(),
        },
    })
}

fn discover(job: &Job, client: &Client) -> Result<Answer, FetchError> {
    let document_url = discovery::document_url(&job.issuer)?;
    match client.get(&document_url, None) {
        Ok(document) => {
            let body = document.body.unwrap_or_default();
            let keys = discovery::keys_url(&body, &job.issuer, &document.url)?;
            keys_at(&keys, job, client)
        }
        Err(FetchError::Status(status)) => {
            let provider: Provider = job.provider.parse().unwrap_or_default();
            match discovery::well_known_keys(&job.issuer, provider)? {
                Some(keys) => keys_at(&keys, job, client),
                None => Err(FetchError::Status(status)),
            }
        }
        Err(error) => Err(error),
    }
}

fn keys_at(url: &KeysUrl, job: &Job, client: &Client) -> Result<Answer, FetchError> {
    // The entity tag is of what was found there, and of nothing else.
    let etag = job
        .etag
        .as_deref()
        .filter(|_| job.url.as_deref() == Some(url.as_str()));
    let mut answer = client.get(url, etag)?;
    // As it was asked for: a redirect may lead elsewhere the next time.
    answer.url = url.clone();
    Ok(answer)
}
