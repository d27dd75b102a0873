//! The settings: those of the operator, those of the request, and the protected setting of the verified
//! identity.

pub mod generation;
pub mod guc;
pub mod identity_setting;
pub mod keys_settings;
pub mod loading;
pub mod operator_settings;
pub mod request_settings;
