//! What can be seen from inside a transaction of a superuser. Row Level Security, roles, connections
//! and everything else that a user meets is tested from outside: see tests/.

#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;
}
