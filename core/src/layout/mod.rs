//! Which claims of each provider's tokens hold the fields of an identity.

mod claim_map;
mod keycloak;
mod layout;
mod presets;
mod provider;
mod source;
mod writing;

pub use claim_map::ClaimMapError;
pub use layout::Layout;
pub use provider::{Provider, UnknownProvider};
pub(crate) use writing::{JsonValue, Unwritable};
