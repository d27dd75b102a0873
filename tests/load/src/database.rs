//! Connections to the server of the test.

use std::env::var;

use postgres::{Client, Config, NoTls};

use crate::Result;

/// The name by which [`crate::webhooks`] finds the backends of the application.
pub const APPLICATION: &str = "application";

/// A connection of this role.
pub fn connect(role: &str, name: &str) -> Result<Client> {
    let mut config = Config::new();
    config.host_path(var("PGHOST")?);
    config.port(var("PGPORT").map_or(Ok(5432), |port| port.parse())?);
    config.dbname(var("PGDATABASE").as_deref().unwrap_or("postgres"));
    config.user(role).application_name(name);
    Ok(config.connect(NoTls)?)
}

/// A connection of a superuser.
pub fn connect_as_superuser() -> Result<Client> {
    connect("postgres", "")
}
