//! An application's server: it passes each webhook that it receives to the database.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::Router;
use postgres::Client;
use serde_json::{Map, Value};

use crate::database;
use crate::Result;

/// As many requests run at the same time.
pub const CONNECTIONS: usize = 4;

/// What goes wrong on the way to the application and back, in percent of the requests.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// The request is refused before the database sees it.
    pub before: u32,
    /// The answer is lost after the database has committed.
    pub after: u32,
}

/// Serves until the process ends. The address is `http://ADDRESS/`.
pub fn serve(faults: Faults) -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let connections: Arc<[Mutex<Option<Client>>]> = (0..CONNECTIONS).map(|_| Mutex::new(None)).collect();
    let receive = move |headers: HeaderMap, body: String| {
        let connections = connections.clone();
        async move {
            let done = tokio::task::spawn_blocking(move || receive(&connections, &headers, &body, faults));
            done.await.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    std::thread::spawn(move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().route("/", post(receive))).await?;
            Ok(())
        })
    });
    Ok(address)
}

fn receive(
    connections: &[Mutex<Option<Client>>],
    headers: &HeaderMap,
    body: &str,
    faults: Faults,
) -> StatusCode {
    if fastrand::u32(..100) < faults.before {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let free = connections
        .iter()
        .find_map(|connection| connection.try_lock().ok());
    let Some(mut connection) = free else {
        return StatusCode::TOO_MANY_REQUESTS;
    };
    match store(&mut connection, headers, body) {
        Ok(()) if fastrand::u32(..100) < faults.after => StatusCode::BAD_GATEWAY,
        Ok(()) => StatusCode::OK,
        Err(_) => {
            // The next request connects again.
            *connection = None;
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

fn store(connection: &mut Option<Client>, headers: &HeaderMap, body: &str) -> Result<()> {
    let client = match connection {
        Some(client) => client,
        None => connection.insert(database::connect("postgres", database::APPLICATION)?),
    };
    let headers: Map<String, Value> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect();
    let headers = serde_json::to_string(&headers)?;
    client.execute(
        "SELECT clerk_rls.receive_webhook_raw($1, ($2::text)::jsonb)",
        &[&body, &headers],
    )?;
    Ok(())
}
