//! The webhooks and the lists of the identity provider. They keep tables; they decide no row.

pub mod events;
