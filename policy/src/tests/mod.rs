//! Policies as PostgreSQL keeps them, spelled by the functions of `trees`, and what is found out about them.

mod bounds;
mod ownership;
mod reads;
mod rewrite;
mod trees;
mod truth;
