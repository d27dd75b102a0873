//! What a test tells the provider.
//!
//! | request | effect |
//! |---|---|
//! | `GET /control/NAME` | the counters of the issuer, as JSON |
//! | `POST /control/NAME/rotate` | publishes a new key beside the others; answers its private JWK |
//! | `POST /control/NAME/drop` | publishes the newest key alone |
//! | `POST /control/NAME/discovery` | publishes a discovery document |
//! | `POST /control/NAME/reset` | sets the counters to 0 |
//! | `POST /control/NAME/MODE` | answers by a [`Mode`] from now on |

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::Json;
use serde_json::{json, Value};

use crate::issuer::Mode;
use crate::Shared;

type Answer = Result<Json<Value>, StatusCode>;

pub async fn count(State((shared, _)): State<(Shared, String)>, Path(name): Path<String>) -> Answer {
    let mut issuers = shared.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let issuer = issuers.entry(name).or_default();
    Ok(Json(json!({
        "requests": issuer.requests, "found": issuer.found, "unchanged": issuer.unchanged,
    })))
}

pub async fn act(
    State((shared, _)): State<(Shared, String)>,
    Path((name, action)): Path<(String, String)>,
) -> Answer {
    let mut issuers = shared.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let issuer = issuers.entry(name).or_default();
    match action.as_str() {
        "rotate" => {
            return issuer
                .add_key()
                .map(Json)
                .ok_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
        "drop" => issuer.drop_old_keys(),
        "discovery" => issuer.has_discovery = true,
        "reset" => (issuer.requests, issuer.found, issuer.unchanged) = (0, 0, 0),
        mode => issuer.mode = Mode::named(mode).ok_or(StatusCode::NOT_FOUND)?,
    }
    Ok(Json(Value::Null))
}
