//! Public keys that follow their issuers by themselves.
//!
//! One worker serves the whole server. It is connected to no database, and waits. When an issuer's keys are due, a
//! visitor looks into the database and leaves a [`job`]; the worker has a child process [`fetch`] the keys; the next
//! visitor stores them and looks for another job. So no process that waits for a network holds a database, a lock or
//! a transaction.

mod fetch;
mod http;
mod job;
pub mod visitor;
pub mod worker;
