//! Tests with policies as PostgreSQL stores them. The module `trees` writes the trees.

mod bounds;
mod ownership;
mod reads;
mod rewrite;
mod trees;
mod truth;
