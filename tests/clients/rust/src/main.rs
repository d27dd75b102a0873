//! Uses the `postgres` crate, the synchronous interface of tokio-postgres, like the server of an application.
//! Prints TAP without numbers; exits with 1 if a test has failed.

mod as_user;
mod lost_connections;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use as_user::as_user;
use postgres::{Client, NoTls, Transaction};

type Outcome = Result<(), Box<dyn Error>>;
type Test = fn(&mut Client) -> Outcome;

fn config() -> Result<postgres::Config, Box<dyn Error>> {
    let mut config = postgres::Config::new();
    config
        .host(&env::var("PGHOST")?)
        .port(env::var("PGPORT")?.parse()?)
        .user(&env::var("PGUSER")?)
        .dbname(&env::var("PGDATABASE")?);
    Ok(config)
}

fn connect() -> Result<Client, Box<dyn Error>> {
    Ok(config()?.connect(NoTls)?)
}

fn token(name: &str) -> Result<String, env::VarError> {
    env::var(format!("TOKEN_{name}"))
}

fn tasks(transaction: &mut Transaction) -> Result<Vec<String>, postgres::Error> {
    let rows = transaction.query("select name from tasks order by name", &[])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

fn forged_tasks(transaction: &mut Transaction) -> Result<Vec<String>, postgres::Error> {
    transaction.batch_execute(r#"set local request.jwt.claims = '{"sub":"user_blue"}'"#)?;
    tasks(transaction)
}

const WHOAMI: &str = "select user_id, source, database_role from clerk_rls.whoami()";
type Session = (Option<String>, String, String);

fn session(row: &postgres::Row) -> Result<Session, postgres::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

fn equal<T: PartialEq + std::fmt::Debug>(got: T, wanted: T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    Err(format!("got {got:?}, wanted {wanted:?}").into())
}

fn own_rows(client: &mut Client) -> Outcome {
    equal(
        as_user(client, Some(&token("RED")?), tasks)?,
        vec!["Buy red paint".to_owned()],
    )?;
    equal(
        as_user(client, Some(&token("BLUE")?), tasks)?,
        vec!["Buy blue paint".to_owned()],
    )
}

fn ed25519_issuer(client: &mut Client) -> Outcome {
    equal(
        as_user(client, Some(&token("ED25519")?), tasks)?,
        vec!["Buy a frame".to_owned()],
    )
}

fn no_token(client: &mut Client) -> Outcome {
    equal(as_user(client, None, tasks)?, vec![])
}

fn expired_token(client: &mut Client) -> Outcome {
    let Err(error) = as_user(client, Some(&token("EXPIRED")?), tasks) else {
        return Err("the token was accepted".into());
    };
    equal(format!("{error:?} {error}").contains(&token("EXPIRED")?), false)?;
    let error = error.as_db_error().ok_or("no answer of the database")?;
    equal(
        (error.code().code(), error.message()),
        ("28000", "JWT has expired"),
    )?;
    own_rows(client)
}

fn forged_claims(client: &mut Client) -> Outcome {
    equal(
        as_user(client, Some(&token("RED")?), forged_tasks)?,
        vec!["Buy red paint".to_owned()],
    )?;
    equal(as_user(client, None, forged_tasks)?, vec![])
}

fn after_commit(client: &mut Client) -> Outcome {
    let during = as_user(client, Some(&token("RED")?), |transaction| {
        session(&transaction.query_one(WHOAMI, &[])?)
    })?;
    let source = "verified_token".to_owned();
    equal(
        during,
        (
            Some("user_red".to_owned()),
            source.clone(),
            "authenticated".to_owned(),
        ),
    )?;
    let after = session(&client.query_one(WHOAMI, &[])?)?;
    equal(after, (None, source, "app".to_owned()))
}

fn main() -> ExitCode {
    let tests: [(&str, Test); 11] = [
        ("two users see their own rows", own_rows),
        ("the same user of another issuer is another user", ed25519_issuer),
        ("without a token no row is visible", no_token),
        (
            "an expired token is refused, the error does not contain it, and the connection serves the next request",
            expired_token,
        ),
        ("claims that a request sets have no effect", forged_claims),
        (
            "after COMMIT nobody is signed in and the role is the one of the application again",
            after_commit,
        ),
        (
            "a connection that is terminated while idle in the pool is replaced",
            lost_connections::idle,
        ),
        (
            "a connection that is terminated while idle in a transaction fails that request",
            lost_connections::in_a_transaction,
        ),
        (
            "a connection that is terminated before COMMIT fails that request",
            lost_connections::before_commit,
        ),
        (
            "a connection that is terminated during a query fails that request, with the cause",
            lost_connections::in_a_query,
        ),
        (
            "the error of a request is reported although ROLLBACK fails",
            lost_connections::own_error,
        ),
    ];
    let mut client = match connect() {
        Ok(client) => client,
        Err(error) => {
            println!("not ok - connects\n{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut status = ExitCode::SUCCESS;
    for (name, test) in tests {
        match test(&mut client) {
            Ok(()) => println!("ok - {name}"),
            Err(error) => {
                println!("not ok - {name}\n{error}");
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}
