//! Clerk's own claim formats: two token versions, permission masks, and lists with scopes.

mod fpm_alignment;
mod mask;
mod organization;
mod permissions;
mod prefix;
mod scoped_list;

pub use fpm_alignment::{FpmAlignment, UnknownFpmAlignment};
pub(crate) use organization::{organization_text, organization_texts};
pub(crate) use prefix::without_org_prefix;
pub(crate) use scoped_list::{satisfies, satisfies_without_organization};
