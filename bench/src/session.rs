//! A connection that sends requests like PostgREST: each request is a transaction that first sets the
//! database role, the claims and the settings of the request.

use std::time::Duration;

use postgres::{Client, Statement, Transaction};

use crate::backend_process::BackendProcess;
use crate::error::Result;
use crate::server::Server;

/// The first statement of PostgREST's transactions (its `Query/PreQuery.hs`).
const PRELUDE: &str = "\
select set_config('search_path', $1, true), set_config('role', $2, true), \
set_config('request.jwt.claims', $3, true), set_config('request.method', $4, true), \
set_config('request.path', $5, true), set_config('request.headers', $6, true), \
set_config('request.cookies', $7, true)";

const HEADERS: &str = r#"{"host":"api.example.com","accept":"*/*","user-agent":"clerk_rls_bench","x-forwarded-for":"192.0.2.7","prefer":"return=representation"}"#;

pub struct Session {
    client: Client,
    prelude: Statement,
    process: BackendProcess,
}

impl Session {
    pub fn open(server: &Server, settings: &str) -> Result<Self> {
        let mut client = server.connect(settings)?;
        let pid = client.query_one("select pg_backend_pid()", &[])?.get(0);
        let prelude = client.prepare(PRELUDE)?;
        Ok(Self {
            client,
            prelude,
            process: BackendProcess::local(pid)?,
        })
    }

    pub fn process(&self) -> BackendProcess {
        self.process
    }

    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    pub fn prepare(&mut self, sql: &str) -> Result<Statement> {
        Ok(self.client.prepare(sql)?)
    }

    /// A request that commits.
    pub fn request<T>(
        &mut self,
        role: &str,
        claims: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut transaction = self.begin(role, claims)?;
        let result = work(&mut transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// A request that rolls back its writes.
    pub fn request_rolled_back<T>(
        &mut self,
        role: &str,
        claims: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut transaction = self.begin(role, claims)?;
        let result = work(&mut transaction)?;
        transaction.rollback()?;
        Ok(result)
    }

    /// The plan of `sql` for this role.
    pub fn plan(&mut self, role: &str, claims: &str, sql: &str) -> Result<String> {
        let explain = format!("explain (costs off) {sql}");
        self.request(role, claims, |transaction| {
            let rows = transaction.query(&explain, &[])?;
            Ok(rows
                .iter()
                .map(|row| row.get::<_, &str>(0))
                .collect::<Vec<_>>()
                .join("\n"))
        })
    }

    /// The CPU time that the backend spends on `work`.
    pub fn cpu_time<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<(Duration, T)> {
        let before = self.process.cpu_time()?;
        let result = work(self)?;
        Ok((self.process.cpu_time()? - before, result))
    }

    fn begin(&mut self, role: &str, claims: &str) -> Result<Transaction<'_>> {
        let mut transaction = self.client.transaction()?;
        transaction.query_one(
            &self.prelude,
            &[
                &"\"public\"",
                &role,
                &claims,
                &"GET",
                &"/documents",
                &HEADERS,
                &"{}",
            ],
        )?;
        Ok(transaction)
    }
}
