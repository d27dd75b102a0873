//! Which claims hold the fields of an identity.
//!
//! Invariant: a layout has an answer for every field, even if the answer is "nowhere". Mapping a field
//! replaces every source that the preset has for it, so that a claim map fully describes the fields it names.

use super::keycloak;
use super::provider::Provider;
use super::source::{ClaimSource, ClaimSources};
use crate::claim_path::ClaimPath;
use crate::claims::Claims;
use crate::clerk;
use crate::clerk::FpmAlignment;
use crate::field::Field;
use crate::lookup::Lookup;

/// The claims that hold each field. [`Layout::preset`] is the layout of a provider;
/// [`Layout::with_claim_map`] moves single fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) provider: Provider,
    pub(super) sources: [ClaimSources; Field::COUNT],
    /// Roles belong to an organization, so they count only inside one.
    pub(super) role_needs_organization: bool,
}

impl Layout {
    /// Moves a field to one path and drops the sources of the preset.
    pub(crate) fn map(&mut self, field: Field, claim_path: ClaimPath) {
        if field == Field::OrgRole {
            self.role_needs_organization = self.provider == Provider::Clerk;
        }
        self.put(field, ClaimSources::First(vec![ClaimSource::Path(claim_path)]));
    }

    /// Whether tokens of this layout can have a field.
    pub fn has(&self, field: Field) -> bool {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        !sources.is_empty()
    }

    /// Whether permissions come from Clerk's own claims, whose names are complete.
    pub(crate) fn permissions_are_clerks(&self) -> bool {
        matches!(self.of(Field::Permissions), ClaimSources::First(sources) if sources.as_slice() == [ClaimSource::Clerk])
    }

    /// Whether permissions count only inside an organization. Clerk's permissions always belong to one.
    pub(crate) fn permission_needs_organization(&self) -> bool {
        self.provider == Provider::Clerk
    }

    /// Whether roles count only inside an organization.
    pub(crate) fn role_needs_organization(&self) -> bool {
        self.role_needs_organization
    }

    /// The field whose value is exactly the text at a path of claims, and comes from nowhere else.
    pub fn field_at(&self, path: &[String]) -> Option<Field> {
        let is_at = |known: &[&str]| known.iter().eq(path.iter());
        let answers = |field: Field| match self.of(field) {
            ClaimSources::First(sources) => match sources.as_slice() {
                [ClaimSource::Path(claim_path)] => {
                    claim_path.path == path && claim_path.split.is_none() && claim_path.strip_prefix.is_none()
                }
                [ClaimSource::Clerk] => match field {
                    Field::OrgId => is_at(&["org_id"]) || is_at(&["o", "id"]),
                    Field::OrgSlug => is_at(&["org_slug"]) || is_at(&["o", "slg"]),
                    _ => false,
                },
                _ => false,
            },
            ClaimSources::All(_) => false,
        };
        Field::NAMES
            .into_iter()
            .map(|(_, field)| field)
            .find(|field| answers(*field))
    }

    /// The single text of a field, and the path that decided, if a path did.
    pub(crate) fn text(&self, field: Field, claims: &Claims) -> (Lookup, Option<&ClaimPath>) {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        let lookups = sources.iter().map(|source| match source {
            ClaimSource::Path(claim_path) => (claim_path.text(claims), Some(claim_path)),
            ClaimSource::Clerk => (clerk::organization_text(claims, field), None),
            ClaimSource::KeycloakOrganization => (keycloak::organization(claims), None),
            ClaimSource::KeycloakClientRoles => (Lookup::Absent, None),
        });
        lookups
            .into_iter()
            .find(|(lookup, _)| *lookup != Lookup::Absent)
            .unwrap_or((Lookup::Absent, None))
    }

    /// The texts of a field, sorted and without duplicates; `None` when none of its claims exists.
    pub(crate) fn texts(
        &self,
        field: Field,
        claims: &Claims,
        alignment: FpmAlignment,
    ) -> Option<Vec<String>> {
        let one = |source: &ClaimSource| match source {
            ClaimSource::Path(claim_path) => claim_path.texts(claims),
            ClaimSource::Clerk => clerk::organization_texts(claims, field, alignment),
            ClaimSource::KeycloakOrganization => keycloak::organization(claims).text().map(|id| vec![id]),
            ClaimSource::KeycloakClientRoles => keycloak::client_roles(claims),
        };
        let mut texts = match self.of(field) {
            ClaimSources::First(sources) => sources.iter().find_map(one)?,
            ClaimSources::All(sources) => {
                let found: Vec<Vec<String>> = sources.iter().filter_map(one).collect();
                if found.is_empty() {
                    return None;
                }
                found.concat()
            }
        };
        texts.sort_unstable();
        texts.dedup();
        Some(texts)
    }

    /// The names of the claims that hold a field, for messages; `None` when the provider does not have the
    /// field.
    pub(crate) fn label(&self, field: Field) -> Option<String> {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        let labels = sources.iter().filter_map(|source| match source {
            ClaimSource::Path(claim_path) => Some(claim_path.label()),
            _ => None,
        });
        labels.reduce(|all, next| all + " or " + &next)
    }

    pub(super) fn put(&mut self, field: Field, sources: ClaimSources) {
        if let Some(slot) = self.sources.get_mut(field as usize) {
            *slot = sources;
        }
    }

    pub(super) fn of(&self, field: Field) -> &ClaimSources {
        const NOWHERE: &ClaimSources = &ClaimSources::First(Vec::new());
        self.sources.get(field as usize).unwrap_or(NOWHERE)
    }
}
