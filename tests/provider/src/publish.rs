//! What the issuers publish: discovery documents and keys.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{header, HeaderMap, Response, StatusCode};
use serde_json::json;

use crate::issuer::{Issuer, Mode};
use crate::Shared;

/// `/NAME/.well-known/openid-configuration`, `/NAME/.well-known/jwks.json`, `/NAME/keys` and `/NAME/moved`.
pub async fn answer(
    State((shared, origin)): State<(Shared, String)>,
    Path((name, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let mode = {
        let Ok(mut issuers) = shared.lock() else {
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let issuer = issuers.entry(name.clone()).or_default();
        issuer.requests += 1;
        if path == ".well-known/openid-configuration" {
            return discovery(issuer, &format!("{origin}/{name}"));
        }
        if path != "moved" || issuer.mode != Mode::Redirect {
            if let Some(answer) = at_once(issuer, &name, &headers) {
                return answer;
            }
        } else {
            return keys(issuer, &headers);
        }
        issuer.mode
    };
    match mode {
        Mode::Dripping => endless(Duration::from_secs(1)),
        Mode::Huge => endless(Duration::ZERO),
        _ => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            status(StatusCode::OK)
        }
    }
}

/// Spaces, which JSON may begin with.
fn endless(pause: Duration) -> Response<Body> {
    let spaces = futures_util::stream::unfold((), move |()| async move {
        tokio::time::sleep(pause).await;
        let size = if pause.is_zero() { 16 * 1024 } else { 1 };
        Some((Ok::<_, Infallible>(Bytes::from(vec![b' '; size])), ()))
    });
    Response::new(Body::from_stream(spaces))
}

fn discovery(issuer: &Issuer, base: &str) -> Response<Body> {
    if !issuer.has_discovery {
        return status(StatusCode::NOT_FOUND);
    }
    let document = match issuer.mode {
        Mode::WrongIssuer => json!({ "issuer": format!("{base}/"), "jwks_uri": format!("{base}/keys") }),
        Mode::NoUri => json!({ "issuer": base }),
        _ => json!({ "issuer": base, "jwks_uri": format!("{base}/keys") }),
    };
    json_answer(document.to_string())
}

/// `None`: it takes its time.
fn at_once(issuer: &mut Issuer, name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    Some(match issuer.mode {
        Mode::Ok | Mode::WrongIssuer | Mode::NoUri => keys(issuer, headers),
        Mode::NotFound => status(StatusCode::NOT_FOUND),
        Mode::Broken => status(StatusCode::INTERNAL_SERVER_ERROR),
        Mode::Garbage => json_answer("<html>\u{1} not keys".to_owned()),
        Mode::Empty => json_answer(json!({ "keys": [] }).to_string()),
        Mode::Private => {
            let mut secret = issuer.key_set();
            secret["keys"][0]["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
            json_answer(secret.to_string())
        }
        Mode::NotModified => status(StatusCode::NOT_MODIFIED),
        Mode::Loop => redirect(&format!("/{name}/keys")),
        Mode::Redirect => redirect(&format!("/{name}/moved")),
        Mode::Downgrade => redirect("http://keys.example.com/keys"),
        Mode::Slow | Mode::Dripping | Mode::Huge => return None,
    })
}

fn keys(issuer: &mut Issuer, headers: &HeaderMap) -> Response<Body> {
    let etag = issuer.etag();
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tag| tag.as_bytes() == etag.as_bytes())
    {
        issuer.unchanged += 1;
        return status(StatusCode::NOT_MODIFIED);
    }
    issuer.found += 1;
    let mut answer = json_answer(issuer.key_set().to_string());
    if let Ok(etag) = etag.parse() {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer
}

fn status(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

fn redirect(target: &str) -> Response<Body> {
    let mut answer = status(StatusCode::FOUND);
    if let Ok(target) = target.parse() {
        answer.headers_mut().insert(header::LOCATION, target);
    }
    answer
}

fn json_answer(json: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(json));
    let json = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}
