//! Connections to the throwaway server, which libpq's environment variables name.

use std::env;

use postgres::{Client, Config, NoTls};

use crate::error::Result;

#[derive(Clone)]
pub struct Server {
    config: Config,
}

impl Server {
    pub fn from_environment() -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let mut config = Config::new();
        config
            .application_name("clerk_rls_bench")
            .host(&variable("PGHOST").unwrap_or_else(|| "/var/run/postgresql".to_owned()))
            .user(
                &variable("PGUSER")
                    .or_else(|| variable("USER"))
                    .unwrap_or_else(|| "postgres".to_owned()),
            )
            .dbname(&variable("PGDATABASE").unwrap_or_else(|| "postgres".to_owned()));
        if let Some(port) = variable("PGPORT").and_then(|port| port.parse().ok()) {
            config.port(port);
        }
        if let Some(password) = variable("PGPASSWORD") {
            config.password(password);
        }
        Self { config }
    }

    pub fn database(&self, name: &str) -> Self {
        let mut config = self.config.clone();
        config.dbname(name);
        Self { config }
    }

    /// `settings` are command-line options of the backend, `-c name=value`. Unlike SET they come early enough
    /// for session_preload_libraries.
    pub fn connect(&self, settings: &str) -> Result<Client> {
        let mut config = self.config.clone();
        config.options(settings);
        Ok(config.connect(NoTls)?)
    }
}
