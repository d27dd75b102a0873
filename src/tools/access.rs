//! Evaluates policies for rows, as the personas that a question is about.
//!
//! Rows are read as the table's owner, and policy expressions run as the persona. Each query runs
//! [confined](crate::pg::confined), in a subtransaction that is rolled back, so that neither its result nor
//! its error affects the next query. No code of another user runs with the rights of the caller.

use std::ffi::{CStr, CString};

use pgrx::pg_sys::Oid;
use serde_json::{json, Map, Value};

use crate::error::Error;
use crate::identity::whoami;
use crate::pg::confined::confinement::{self, Confined};
use crate::pg::confined::cursor::{self, Cursor, RowArray};
use crate::pg::confined::locked_cursors::LockedCursors;
use crate::pg::confined::subtransaction::rolled_back;
use crate::pg::settings::guc;
use crate::pg::values::encoding;
use crate::tools::persona;

/// The most rows in a batch.
const BATCH_ROWS: usize = 1000;
/// A batch that has reached this many bytes takes no more rows.
const BATCH_BYTES: usize = 4_000_000;

/// The first rows of a query on a table, at most `max_rows`, as an array of the table's row type.
pub fn rows(
    table: Oid,
    array_type: Oid,
    query: &CStr,
    path: &CStr,
    max_rows: usize,
) -> Result<Vec<u8>, Error> {
    confinement::lock_table(table)?;
    let _locked = LockedCursors::lock_all();
    let found = rolled_back(|| {
        read_only();
        let _reader = Confined::as_owner_reading(table, path)?;
        Ok(Cursor::open(query, table, array_type)?
            .fetch(max_rows, BATCH_BYTES)
            .0
            .datum_bytes())
    });
    found.unwrap_or_else(|failure| failure.rethrow())
}

/// Queries about rows, each with the expression that it evaluates.
pub struct PolicyQueries(Vec<(String, CString)>);

impl PolicyQueries {
    /// Reads a JSON object of queries by expression.
    pub fn parse(queries: &str) -> Result<Self, Error> {
        let refused = || Error::Argument("questions");
        let parsed: Map<String, Value> = serde_json::from_str(queries).map_err(|_| refused())?;
        let queries = parsed
            .into_iter()
            .map(|(expression, query)| Some((expression, statement(&query)?)));
        Ok(Self(queries.collect::<Option<_>>().ok_or_else(refused)?))
    }
}

/// Runs the queries, in which `$1` stands for the rows, with these claims (`None`: no user) and this database
/// role.
///
/// Returns a JSON object: `problem` says why there is no user, and `answers` has a value as text or an error
/// for each expression.
pub fn answers(
    claims: Option<&str>,
    role: &CStr,
    queries: &PolicyQueries,
    rows: RowArray,
    path: &CStr,
) -> Result<String, Error> {
    let _locked = LockedCursors::lock_all();
    let result = rolled_back(|| {
        read_only();
        guc::set_local(c"row_security", c"on");
        match claims {
            Some(claims) => persona::act_as_claims(claims, role)?,
            None => persona::act_as_anonymous(role)?,
        }
        let problem = whoami::why_no_user();
        let mut answers = Map::new();
        for (expression, query) in &queries.0 {
            let answer = match first_value(query, rows, path) {
                Ok(value) => json!({ "value": value }),
                Err(error) => json!({ "error": error }),
            };
            answers.insert(expression.clone(), answer);
        }
        Ok(json!({ "problem": problem, "answers": answers }).to_string())
    });
    result.unwrap_or_else(|failure| failure.rethrow())
}

/// The cells of the access matrix of one table.
pub struct AccessMatrix {
    personas: Map<String, Value>,
    cells: Vec<MatrixCell>,
}

/// The rows that one persona can access with one command.
struct MatrixCell {
    persona: String,
    /// The query counts all rows that the persona sees, not only those of a batch.
    counts_all: bool,
    /// The query that counts rows; `None` when it need not run again.
    query: Option<CString>,
    rows: i64,
    problem: Option<String>,
}

impl AccessMatrix {
    /// `personas` is a JSON object with the arguments of `act_as()` by persona. `cells` is a JSON array; each
    /// cell has a persona, a command and a query, which can be null.
    pub fn parse(personas: &str, cells: &str) -> Result<Self, Error> {
        let cells: Vec<Value> = serde_json::from_str(cells).map_err(|_| Error::Argument("cells"))?;
        let cells = cells.iter().map(|cell| {
            let query = match &cell["query"] {
                Value::Null => None,
                query => Some(statement(query)?),
            };
            Some(MatrixCell {
                persona: cell["persona"].as_str()?.to_owned(),
                counts_all: cell["command"] == "SELECT",
                query,
                rows: 0,
                problem: None,
            })
        });
        Ok(Self {
            personas: serde_json::from_str(personas).map_err(|_| Error::Argument("personas"))?,
            cells: cells.collect::<Option<_>>().ok_or(Error::Argument("cells"))?,
        })
    }

    fn has_unfinished(&self, matches: impl Fn(&MatrixCell) -> bool) -> bool {
        self.cells
            .iter()
            .any(|cell| cell.query.is_some() && matches(cell))
    }

    fn count(&mut self, rows: RowArray, path: &CStr) -> Result<(), Error> {
        for (name, persona) in &self.personas {
            let is_unfinished = |cell: &&mut MatrixCell| cell.persona == *name && cell.query.is_some();
            let mut of_persona = self.cells.iter_mut().filter(is_unfinished).peekable();
            if of_persona.peek().is_some() {
                as_persona(persona, || of_persona.for_each(|cell| cell.count(rows, path)))?;
            }
        }
        Ok(())
    }
}

impl MatrixCell {
    fn count(&mut self, rows: RowArray, path: &CStr) {
        let Some(query) = &self.query else {
            return;
        };
        match first_value(query, rows, path) {
            Ok(count) => self.rows += count.and_then(|count| count.parse::<i64>().ok()).unwrap_or(0),
            Err(error) => self.problem = Some(error),
        }
        if self.counts_all || self.problem.is_some() {
            self.query = None;
        }
    }
}

/// Counts the rows of all cells: a JSON array with the number of rows, or the problem, of each. `query`
/// returns the table's rows.
pub fn count_rows(
    table: Oid,
    array_type: Oid,
    query: &CStr,
    mut matrix: AccessMatrix,
    path: &CStr,
) -> Result<String, Error> {
    confinement::lock_table(table)?;
    let _locked = LockedCursors::lock_all();
    let counted = rolled_back(|| {
        read_only();
        let cursor = {
            let _reader = Confined::as_owner_reading(table, path)?;
            Cursor::open(query, table, array_type)?
        };
        let mut is_first = true;
        while matrix.has_unfinished(|_| true) {
            let max_rows = match matrix.has_unfinished(|cell| !cell.counts_all) {
                true => BATCH_ROWS,
                false => 0,
            };
            let (rows, count) = {
                let _reader = Confined::as_owner_reading(table, path)?;
                cursor.fetch(max_rows, BATCH_BYTES)
            };
            if count > 0 || is_first {
                matrix.count(rows, path)?;
            }
            rows.free();
            if count == 0 {
                break;
            }
            is_first = false;
        }
        let cells = matrix
            .cells
            .iter()
            .map(|cell| json!({ "rows": cell.rows, "problem": cell.problem }));
        Ok(Value::Array(cells.collect()).to_string())
    });
    counted.unwrap_or_else(|failure| failure.rethrow())
}

fn as_persona(persona: &Value, work: impl FnOnce()) -> Result<(), Error> {
    let result = rolled_back(|| {
        guc::set_local(c"row_security", c"on");
        cursor::perform(c"SELECT clerk_rls.act_as_persona($1)", &persona.to_string())?;
        work();
        Ok(())
    });
    result.unwrap_or_else(|failure| failure.rethrow())
}

/// The first value that a query returns to the current user, or the message of its error.
fn first_value(query: &CStr, rows: RowArray, path: &CStr) -> Result<Option<String>, String> {
    let value = rolled_back(|| {
        let _confined = Confined::as_current_user(path);
        cursor::first_value(query, rows)
    });
    match value {
        Ok(bytes) => Ok(bytes.map(|bytes| {
            let utf8 = encoding::to_utf8(&bytes).unwrap_or_default();
            String::from_utf8_lossy(&utf8).into_owned()
        })),
        Err(failure) => Err(failure.message()),
    }
}

fn statement(query: &Value) -> Option<CString> {
    CString::new(encoding::from_utf8(query.as_str()?)?.into_owned()).ok()
}

/// Makes the subtransaction read-only. PostgreSQL lets nobody undo this within it.
fn read_only() {
    guc::set_local(c"transaction_read_only", c"on");
}
