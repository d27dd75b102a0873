//! Who issued the claims, as far as it decides where they lie.
//!
//! Invariant: one table holds the names that users type, so that parsing, printing and the hint
//! cannot disagree.

use std::fmt;
use std::str::FromStr;

/// An identity provider, or a framework that mints tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Clerk session tokens, versions 1 and 2 (clerk/clerk-docs, `session-tokens.mdx`).
    #[default]
    Clerk,
    /// Supabase Auth.
    Supabase,
    /// Logto.
    Logto,
    /// SuperTokens.
    Supertokens,
    /// Auth0.
    Auth0,
    /// Keycloak.
    Keycloak,
    /// Firebase Authentication, Google Identity Platform.
    Firebase,
    /// Anything whose claims bear the usual names.
    Generic,
}

impl Provider {
    /// Every provider with the name it has in settings.
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

    /// The name it has in settings.
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

/// A name that is no [`Provider`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl UnknownProvider {
    /// The sentence for an error's hint.
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
