//! All errors that SQL callers can see, with their SQLSTATEs.
//!
//! Each reason has one variant, and a single table assigns the SQLSTATEs. Texts follow PostgreSQL's error
//! style guide: the message is in lower case without a full stop; detail and hint are sentences. No text
//! contains a byte of a token, a key or the claims.

use std::fmt;

use clerk_rls_core::jwks::UrlError;
use clerk_rls_core::token::{
    IssuerError, KeyError, SignError, TokenError, UnknownAlgorithm, UnknownTokenKind,
};
use clerk_rls_core::webhook::{EventError, WebhookError};
use clerk_rls_core::{
    ClaimMapError, ClaimsError, PersonaError, Revoked, UnknownProvider, UnknownReverification,
};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// The reason why a function fails.
#[derive(Clone, Debug)]
pub enum Error {
    /// A token was refused.
    Token(TokenError),
    /// A token's issuer is not in `clerk_rls.issuers`.
    UnknownIssuer,
    /// The issuer's keys were fetched, and were not confirmed for longer than `clerk_rls.jwks_max_age`.
    KeysTooOld,
    /// A token was revoked, or its session, user or membership.
    Revoked(Revoked),
    /// The table of revocations is missing or was altered by hand.
    RevocationTable,
    /// The transaction has already authenticated another subject.
    SecondSubject,
    /// `request.headers` is not a JSON object.
    Headers(ClaimsError),
    /// A webhook, or its secret, was refused.
    Webhook(WebhookError),
    /// The body of a webhook, or a list of the provider, is malformed.
    Event(EventError),
    /// A webhook or a list has a character that the database encoding cannot express.
    InexpressibleWebhook,
    /// A key was refused.
    Key(KeyError),
    /// A rule of an issuer is invalid.
    Issuer(IssuerError),
    /// An issuer's `jwks_url` is not a URL that may be fetched.
    JwksUrl(UrlError),
    /// An issuer has both public keys and a shared secret.
    KeysAndSecret,
    /// An issuer's `claim_map` is malformed.
    ClaimMap(ClaimMapError),
    /// An issuer's `subject_prefix` is too long or contains characters other than printable ASCII.
    SubjectPrefix,
    /// `provider` names no known provider.
    UnknownProvider(UnknownProvider),
    /// `algorithm` or `algorithms` names no known algorithm.
    UnknownAlgorithm(UnknownAlgorithm),
    /// `accepts` names no known kind of token.
    UnknownTokenKind(UnknownTokenKind),
    /// A token cannot be signed.
    Sign(SignError),
    /// `reverification` names none of Clerk's presets.
    UnknownReverification(UnknownReverification),
    /// No claims can express a persona under the current settings.
    Persona(PersonaError),
    /// Only a superuser's session may set a verified identity without a token.
    PersonaNotAllowed,
    /// The caller lacks the rights of the table's owner, as whom the statement was to run.
    NotTheOwner,
    /// The table's owner is not the one for whom the statement was generated.
    AnotherOwner,
    /// The owner of the table's schema lacks the rights of the table's owner.
    SchemaOfAnother,
    /// A statement that ran as a table's owner opened or closed a cursor.
    CursorLeftOpen,
    /// An argument is NULL or contains NULL where that is not allowed, or cannot be converted from the
    /// database encoding.
    Argument(&'static str),
    /// A token contains a character that the database encoding cannot represent, or a number that is out of
    /// range for `numeric`.
    InexpressibleToken,
    /// A value of this setting from before the library was loaded is invalid, or its source was not permitted
    /// to set it.
    RefusedSetting(&'static str),
    /// The library was loaded during a parallel operation, when PostgreSQL does not adopt settings.
    LoadedInParallelOperation,
    /// A trigger function was called by something other than a trigger.
    NotATrigger,
    /// The extension is not installed in this database, or was altered by hand.
    NotInstalled,
}

impl Error {
    fn sqlstate(&self) -> PgSqlErrorCode {
        match self {
            Self::Token(_)
            | Self::UnknownIssuer
            | Self::KeysTooOld
            | Self::Revoked(_)
            | Self::SecondSubject
            | Self::Headers(_) => PgSqlErrorCode::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
            Self::Webhook(
                WebhookError::TooOld { .. }
                | WebhookError::InFuture { .. }
                | WebhookError::TooManySignatures
                | WebhookError::NoSignature
                | WebhookError::SignatureMismatch,
            ) => PgSqlErrorCode::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
            Self::Webhook(WebhookError::NoSecrets) => {
                PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE
            }
            Self::Webhook(_)
            | Self::Event(_)
            | Self::Key(_)
            | Self::Issuer(_)
            | Self::JwksUrl(_)
            | Self::KeysAndSecret
            | Self::ClaimMap(_)
            | Self::SubjectPrefix
            | Self::UnknownProvider(_)
            | Self::UnknownAlgorithm(_)
            | Self::UnknownTokenKind(_)
            | Self::Sign(_)
            | Self::UnknownReverification(_)
            | Self::Persona(_)
            | Self::Argument(_) => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            Self::PersonaNotAllowed | Self::NotTheOwner | Self::AnotherOwner => {
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE
            }
            Self::InexpressibleToken | Self::InexpressibleWebhook | Self::NotATrigger => {
                PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED
            }
            Self::RefusedSetting(_) => PgSqlErrorCode::ERRCODE_CONFIG_FILE_ERROR,
            Self::SchemaOfAnother => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::CursorLeftOpen => PgSqlErrorCode::ERRCODE_INVALID_CURSOR_STATE,
            Self::LoadedInParallelOperation => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::RevocationTable | Self::NotInstalled => PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
        }
    }

    /// The specifics of the reason, as a sentence.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Token(error) => error.detail(),
            Self::Webhook(error) => error.detail(),
            Self::Event(error) => error.detail(),
            Self::Key(error) => error.detail(),
            Self::Issuer(error) => error.detail(),
            Self::Sign(error) => error.detail(),
            Self::JwksUrl(error) => Some(sentence(&error.to_string())),
            Self::InexpressibleToken => Some(
                "The token contains a character that the database encoding cannot represent, or a number that \
                 is out of range."
                    .to_owned(),
            ),
            Self::PersonaNotAllowed => Some(
                "When clerk_rls.identity_source is verified_token, an identity needs a token.".to_owned(),
            ),
            _ => None,
        }
    }

    /// Specifics that only the operator may read, as a sentence for the server log.
    pub fn log_detail(&self) -> Option<String> {
        match self {
            Self::Token(error) => error.log_detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Token(error) => error.hint(),
            Self::UnknownIssuer => Some("Add the issuer with clerk_rls.add_issuer()."),
            Self::KeysTooOld => Some(
                "The view clerk_rls.jwks_status says why they could not be fetched; clerk_rls.set_jwks() sets them by hand.",
            ),
            Self::Revoked(reason) => Some(reason.hint()),
            Self::RevocationTable => Some("Update the extension: ALTER EXTENSION clerk_rls UPDATE;"),
            Self::SecondSubject => Some("End the transaction before you authenticate another user."),
            Self::Webhook(error) => error.hint(),
            Self::Event(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Issuer(error) => error.hint(),
            Self::JwksUrl(_) => Some("Give the https URL of the issuer's JWK Set."),
            Self::KeysAndSecret => Some("Add the shared secret under an issuer of its own."),
            Self::ClaimMap(error) => Some(error.hint()),
            Self::SubjectPrefix => Some("Use at most 64 printable ASCII characters."),
            Self::UnknownProvider(error) => Some(error.hint()),
            Self::UnknownAlgorithm(error) => Some(error.hint()),
            Self::UnknownTokenKind(error) => Some(error.hint()),
            Self::Sign(error) => error.hint(),
            Self::UnknownReverification(error) => Some(error.hint()),
            Self::Persona(error) => error.hint(),
            Self::PersonaNotAllowed => Some(
                "Call the function in a superuser's session, outside SECURITY DEFINER functions, or call \
                 clerk_rls.authenticate() with a token.",
            ),
            Self::RefusedSetting(_) => Some(
                "The preceding warning gives the reason. The value was set in the connection's options, for the \
                 role, for the database or in the configuration file.",
            ),
            Self::LoadedInParallelOperation => Some("Add clerk_rls to session_preload_libraries."),
            Self::InexpressibleToken | Self::InexpressibleWebhook => Some("A database with the encoding UTF8 can represent every character."),
            Self::Headers(_)
            | Self::Argument(_)
            | Self::NotInstalled
            | Self::NotATrigger
            | Self::NotTheOwner
            | Self::CursorLeftOpen => None,
            Self::SchemaOfAnother => Some("Give the schema to the table's owner: ALTER SCHEMA ... OWNER TO ...;"),
            Self::AnotherOwner => Some("Generate the statement again, and check the table's schema."),
        }
    }

    /// Reports the error to PostgreSQL, which ends the statement.
    pub fn raise(self) -> ! {
        self.report(PgLogLevel::ERROR)
    }

    /// Reports the error to PostgreSQL, which ends the session.
    pub fn end_session(self) -> ! {
        self.report(PgLogLevel::FATAL)
    }

    fn report(self, level: PgLogLevel) -> ! {
        let mut report = ErrorReport::new(self.sqlstate(), self.to_string(), "clerk_rls");
        if let Some(detail) = self.detail() {
            report = report.set_detail(detail);
        }
        if let Some(hint) = self.hint() {
            report = report.set_hint(hint);
        }
        report.report(level);
        unreachable!("a report at level ERROR or above does not return")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::UnknownIssuer => f.write_str("JWT issuer is not known"),
            Self::KeysTooOld => f.write_str("the keys of the JWT's issuer are too old"),
            Self::Revoked(reason) => reason.fmt(f),
            Self::RevocationTable => f.write_str("table clerk_rls.revocations is missing or was changed"),
            Self::SecondSubject => f.write_str("this transaction already belongs to another user"),
            Self::Headers(error) => {
                let reason = error.to_string();
                write!(
                    f,
                    "request.headers {}",
                    reason.strip_prefix("claims ").unwrap_or(&reason)
                )
            }
            Self::Webhook(error) => error.fmt(f),
            Self::Event(error) => error.fmt(f),
            Self::InexpressibleWebhook => {
                f.write_str("webhook cannot be represented as jsonb in this database")
            }
            Self::Key(error) => error.fmt(f),
            Self::Issuer(error) => error.fmt(f),
            Self::JwksUrl(_) => f.write_str("jwks_url is not a URL that keys can be fetched from"),
            Self::KeysAndSecret => f.write_str("an issuer has either public keys or a shared secret"),
            Self::ClaimMap(error) => error.fmt(f),
            Self::SubjectPrefix => f.write_str("subject prefix is malformed"),
            Self::UnknownProvider(error) => error.fmt(f),
            Self::UnknownAlgorithm(error) => error.fmt(f),
            Self::UnknownTokenKind(error) => error.fmt(f),
            Self::Sign(error) => error.fmt(f),
            Self::UnknownReverification(error) => error.fmt(f),
            Self::Persona(error) => error.fmt(f),
            Self::PersonaNotAllowed => f.write_str("permission denied to act as a user without a token"),
            Self::NotTheOwner => f.write_str("must have the rights of the table's owner"),
            Self::AnotherOwner => f.write_str("the owner of the table has changed"),
            Self::SchemaOfAnother => f.write_str("the owner of the table's schema could replace the table"),
            Self::CursorLeftOpen => f.write_str("the statement must not open or close a cursor"),
            Self::Argument(name) => {
                write!(f, "argument \"{name}\" is NULL, contains NULL or cannot be read")
            }
            Self::InexpressibleToken => f.write_str("JWT cannot be represented as jsonb in this database"),
            Self::RefusedSetting(name) => write!(f, "value of parameter \"{name}\" was refused"),
            Self::LoadedInParallelOperation => {
                f.write_str("clerk_rls cannot be loaded during a parallel operation")
            }
            Self::NotATrigger => f.write_str("trigger functions can only be called as triggers"),
            Self::NotInstalled => f.write_str("extension \"clerk_rls\" is not installed in this database"),
        }
    }
}

fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).chain(['.']).collect())
        .unwrap_or_default()
}

macro_rules! from {
    ($($error:ident => $variant:ident),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

from!(UrlError => JwksUrl, TokenError => Token, WebhookError => Webhook, EventError => Event, KeyError => Key, IssuerError => Issuer, ClaimMapError => ClaimMap,
    UnknownProvider => UnknownProvider, UnknownAlgorithm => UnknownAlgorithm,
    UnknownTokenKind => UnknownTokenKind, SignError => Sign,
    UnknownReverification => UnknownReverification, PersonaError => Persona);
