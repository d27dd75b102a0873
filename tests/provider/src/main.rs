//! A small identity provider on loopback, for tests.
//!
//!     clerk_rls_provider DIRECTORY
//!
//! It listens on two free ports of 127.0.0.1, one for http and one for https, and writes `http_port`, `https_port` and
//! `ca.pem`, the certificate of its own authority, into the directory. It ends when its standard input ends.
//!
//! It is any number of issuers, each with a path of its own: `/NAME`. An issuer begins with no keys. It is controlled
//! by requests to `/control/NAME/...`, see [`control`].

mod control;
mod issuer;
mod publish;
mod tls;

use std::future::IntoFuture;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::Router;

use crate::issuer::Issuers;

type Shared = Arc<Mutex<Issuers>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).ok_or("a directory is missing")?);
    // A test that is killed takes the provider with it.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(directory))
}

async fn serve(directory: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let routes = |origin: String| {
        move |shared: Shared| {
            Router::new()
                .route("/control/{name}", get(control::count))
                .route("/control/{name}/{action}", post(control::act))
                .route("/{name}/{*path}", get(publish::answer))
                .with_state((shared, origin))
        }
    };
    let shared = Shared::default();
    let http = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let https = tls::Listener::bind(&directory.join("ca.pem")).await?;
    let (http_port, https_port) = (http.local_addr()?.port(), https.port()?);
    let plain = routes(format!("http://127.0.0.1:{http_port}"))(shared.clone());
    let secure = routes(format!("https://localhost:{https_port}"))(shared);
    tokio::fs::write(directory.join("https_port"), format!("{https_port}\n")).await?;
    tokio::fs::write(directory.join("http_port"), format!("{http_port}\n")).await?;
    tokio::select! {
        ended = axum::serve(http, plain).into_future() => ended?,
        ended = axum::serve(https, secure).into_future() => ended?,
    }
    Ok(())
}
