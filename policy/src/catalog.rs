//! What a parse tree refers to by number.

/// Looks objects of a database up by their OIDs.
pub trait Catalog {
    /// A function; `None` when there is none.
    fn function(&mut self, oid: u32) -> Option<Function>;
    /// The body of a function in SQL, as a parse tree; `None` when it has none that can be read.
    fn body(&mut self, oid: u32) -> Option<String>;
    /// The name of an operator that came with PostgreSQL.
    fn operator(&mut self, oid: u32) -> Option<String>;
    /// Whether a constant of this type is read by code that came with PostgreSQL, and by nobody's own.
    fn is_plain(&mut self, type_oid: u32) -> bool;
    /// Whether equal means equal bytes under a collation.
    fn is_deterministic(&mut self, collation: u32) -> bool;
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name without the schema; empty where it did not come with PostgreSQL.
    pub name: String,
    /// It came with PostgreSQL.
    pub is_built_in: bool,
    /// It may give another value at each call, or so it is declared.
    pub is_volatile: bool,
    /// It is written in SQL.
    pub is_sql: bool,
    /// Its body, when it is written in PL/pgSQL.
    pub procedural: Option<String>,
    /// The C symbol, when it is one of this extension's functions.
    pub symbol: Option<String>,
}
