//! The settings: the operator's, the request's, the protected one of the verified identity.

pub mod generation;
pub mod guc;
pub mod identity_setting;
pub mod loading;
pub mod operator_settings;
pub mod request_settings;
