//! Sessions that an administrator terminates, like a restart or a failover of the server.

use std::error::Error;
use std::thread;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, NoTls, Transaction};
use r2d2_postgres::r2d2::Pool;
use r2d2_postgres::PostgresConnectionManager;

use crate::as_user::as_user;
use crate::{config, equal, tasks, token, Outcome};

type Connections = Pool<PostgresConnectionManager<NoTls>>;

/// One connection, so that a request would fail if the pool returned a lost one.
fn pool() -> Result<Connections, Box<dyn Error>> {
    Ok(Pool::builder()
        .max_size(1)
        .build(PostgresConnectionManager::new(config()?, NoTls))?)
}

fn terminate(pid: i32) -> Outcome {
    let mut administrator = config()?.user("postgres").connect(NoTls)?;
    let row = administrator.query_one("select pg_terminate_backend($1, 10000)", &[&pid])?;
    equal(row.try_get(0)?, true)
}

/// Waits for `pg_sleep()` in the session, for at most 30 seconds.
fn wait_until_asleep(pid: i32) -> Outcome {
    let mut administrator = config()?.user("postgres").connect(NoTls)?;
    for _ in 0..300 {
        let asleep = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
        if !administrator.query(asleep, &[&pid])?.is_empty() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("the query did not begin".into())
}

fn pid_and_user(transaction: &mut Transaction) -> Result<(i32, Option<String>), postgres::Error> {
    let row = transaction.query_one("select pg_backend_pid(), requesting_user_id()", &[])?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn next_requests_are_served(pool: &Connections, lost: i32) -> Outcome {
    for (token, wanted) in [
        (Some(token("BLUE")?), Some("user_blue")),
        (Some(token("RED")?), Some("user_red")),
        (None, None),
    ] {
        let (pid, user) = as_user(&mut *pool.get()?, token.as_deref(), pid_and_user)?;
        equal(user.as_deref(), wanted)?;
        equal(pid == lost, false)?;
    }
    Ok(())
}

/// The error of a request whose session ends during `work`.
fn ended_by(
    work: impl FnOnce(&mut Transaction, i32) -> Result<(), Box<dyn Error>>,
) -> Result<postgres::Error, Box<dyn Error>> {
    let pool = pool()?;
    let mut lost = 0;
    let mut failure = None;
    let outcome = as_user(&mut *pool.get()?, Some(&token("RED")?), |transaction| {
        lost = pid_and_user(transaction)?.0;
        match work(transaction, lost).map_err(|error| error.downcast::<postgres::Error>()) {
            Ok(()) => Ok(()),
            Err(Ok(error)) => Err(*error),
            Err(Err(error)) => {
                failure = Some(error);
                Ok(())
            }
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    next_requests_are_served(&pool, lost)?;
    outcome.err().ok_or_else(|| "the request succeeded".into())
}

/// The client notices the loss when it writes to the socket, or when it reads the message of the server.
fn is_of_a_lost_connection(error: postgres::Error) -> Outcome {
    let code = error.code().cloned();
    let noticed_by_writing = code.is_none() && error.to_string() == "error communicating with the server";
    if noticed_by_writing || code == Some(SqlState::ADMIN_SHUTDOWN) || error.is_closed() {
        return Ok(());
    }
    Err(error.into())
}

pub fn idle(_client: &mut Client) -> Outcome {
    let pool = pool()?;
    let (lost, _) = as_user(&mut *pool.get()?, Some(&token("RED")?), pid_and_user)?;
    terminate(lost)?;
    next_requests_are_served(&pool, lost)
}

pub fn in_a_transaction(_client: &mut Client) -> Outcome {
    is_of_a_lost_connection(ended_by(|transaction, pid| {
        terminate(pid)?;
        tasks(transaction)?;
        Ok(())
    })?)
}

pub fn before_commit(_client: &mut Client) -> Outcome {
    is_of_a_lost_connection(ended_by(|_transaction, pid| terminate(pid))?)
}

pub fn in_a_query(_client: &mut Client) -> Outcome {
    let error = ended_by(|transaction, pid| {
        let administrator = thread::spawn(move || {
            wait_until_asleep(pid)
                .and_then(|()| terminate(pid))
                .map_err(|error| error.to_string())
        });
        let outcome = transaction.batch_execute("select pg_sleep(60)");
        administrator.join().map_err(|_| "the administrator panicked")??;
        Ok(outcome?)
    })?;
    equal(error.code(), Some(&SqlState::ADMIN_SHUTDOWN))
}

pub fn own_error(_client: &mut Client) -> Outcome {
    let error = ended_by(|transaction, pid| {
        // The row has no such column: an error that the client detects.
        let error = transaction
            .query_one("select 1 as brush", &[])?
            .try_get::<_, i32>("paint");
        terminate(pid)?;
        Ok(error.map(|_| ())?)
    })?;
    equal(error.to_string(), "invalid column `paint`".to_owned())
}
