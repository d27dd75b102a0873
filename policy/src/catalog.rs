//! The database objects to which a parse tree refers by OID.

/// Looks up database objects by their OIDs.
pub trait Catalog {
    /// The function with this OID; `None` if there is none.
    fn function(&mut self, oid: u32) -> Option<Function>;
    /// The body of a SQL function as a parse tree; `None` if there is no readable body.
    fn body(&mut self, oid: u32) -> Option<String>;
    /// The name of a built-in operator; `None` for any other operator.
    fn operator(&mut self, oid: u32) -> Option<String>;
    /// Whether only code of PostgreSQL itself reads constants of this type.
    fn is_plain(&mut self, type_oid: u32) -> bool;
    /// Whether values that are equal under a collation have equal bytes ([nondeterministic
    /// collations](https://www.postgresql.org/docs/current/collation.html) treat different bytes as equal).
    fn is_deterministic(&mut self, collation: u32) -> bool;
}

/// A function in the database.
#[derive(Clone, Debug)]
pub struct Function {
    /// The function's name without the schema; empty unless the function is built in.
    pub name: String,
    /// The function is part of PostgreSQL.
    pub is_built_in: bool,
    /// The function is declared as `VOLATILE`, so it may return another value at each call.
    pub is_volatile: bool,
    /// The function is written in SQL.
    pub is_sql: bool,
    /// The function's body, if it is written in PL/pgSQL.
    pub procedural: Option<String>,
    /// The function's C symbol, if it belongs to this extension.
    pub symbol: Option<String>,
}
