//! The supported identity providers, by name.
//!
//! Invariant: one table holds the names, so that parsing and printing agree.

use std::fmt;
use std::str::FromStr;

/// An identity provider, or a framework that issues tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Clerk: session tokens of [version 1 and 2](https://clerk.com/docs/guides/sessions/session-tokens).
    #[default]
    Clerk,
    /// [Supabase Auth](https://supabase.com/docs/guides/auth/jwt-fields).
    Supabase,
    /// [Logto](https://docs.logto.io/authorization/organization-template/protect-organization-resources),
    /// including its organization tokens.
    Logto,
    /// [SuperTokens](https://supertokens.com/docs/additional-verification/session-verification/claim-validation).
    Supertokens,
    /// [Auth0](https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles).
    Auth0,
    /// [Keycloak](https://www.keycloak.org/docs/latest/server_admin/).
    Keycloak,
    /// [Firebase Authentication](https://firebase.google.com/docs/auth/admin/verify-id-tokens) and Google
    /// Identity Platform.
    Firebase,
    /// Any other issuer that uses the common claim names.
    Generic,
}

impl Provider {
    /// Every provider with its name in the setting `clerk_rls.provider`.
    pub const NAMES: [(&'static str, Provider); 8] = [
        ("clerk", Provider::Clerk),
        ("supabase", Provider::Supabase),
        ("logto", Provider::Logto),
        ("supertokens", Provider::Supertokens),
        ("auth0", Provider::Auth0),
        ("keycloak", Provider::Keycloak),
        ("firebase", Provider::Firebase),
        ("generic", Provider::Generic),
    ];

    /// The name of the provider in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Clerk => "clerk",
            Provider::Supabase => "supabase",
            Provider::Logto => "logto",
            Provider::Supertokens => "supertokens",
            Provider::Auth0 => "auth0",
            Provider::Keycloak => "keycloak",
            Provider::Firebase => "firebase",
            Provider::Generic => "generic",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a name that no [`Provider`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl UnknownProvider {
    /// The hint that lists the available names.
    pub fn hint(&self) -> &'static str {
        "Available providers: clerk, supabase, logto, supertokens, auth0, keycloak, firebase, generic."
    }
}

impl fmt::Display for UnknownProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown identity provider")
    }
}

impl std::error::Error for UnknownProvider {}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Provider, UnknownProvider> {
        Provider::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, provider)| *provider)
            .ok_or(UnknownProvider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_found_by_the_name_it_prints() {
        for (name, provider) in Provider::NAMES {
            assert_eq!(name.parse(), Ok(provider));
            assert_eq!(provider.to_string(), name);
            assert!(UnknownProvider.hint().contains(name));
        }
        assert_eq!("Clerk".parse::<Provider>(), Err(UnknownProvider));
        assert_eq!("".parse::<Provider>(), Err(UnknownProvider));
    }
}
