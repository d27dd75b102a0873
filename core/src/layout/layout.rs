//! Where each provider keeps what.
//!
//! Invariant: a layout answers every field, be it with "nowhere". Mapping a field replaces all places
//! the preset knows for it, so that a map says the whole truth about its field. What no path can
//! express (Clerk's two versions, Keycloak's three shapes) is a source of its own, not a flag.
//!
//! ClaimSources: tokens.md section 3, with each provider's token reference.

use super::keycloak;
use super::provider::Provider;
use super::source::{ClaimSource, ClaimSources};
use crate::claim_path::ClaimPath;
use crate::claims::Claims;
use crate::clerk;
use crate::clerk::FpmAlignment;
use crate::field::Field;
use crate::lookup::Lookup;

/// Where claims lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) provider: Provider,
    pub(super) sources: [ClaimSources; Field::COUNT],
    /// The roles found are roles in the organisation, so they mean nothing without one.
    pub(super) role_needs_organization: bool,
}

impl Layout {
    /// One field found in one place alone, whatever the preset said.
    pub(crate) fn map(&mut self, field: Field, place: ClaimPath) {
        if field == Field::OrgRole {
            self.role_needs_organization = self.provider == Provider::Clerk;
        }
        self.put(field, ClaimSources::First(vec![ClaimSource::Path(place)]));
    }

    /// Whether permissions come out of Clerk's own claims, whose names are complete.
    pub(crate) fn permissions_are_clerks(&self) -> bool {
        matches!(self.of(Field::Permissions), ClaimSources::First(sources) if sources.as_slice() == [ClaimSource::Clerk])
    }

    /// Whether a permission counts only inside an organisation: with Clerk it always belongs to one.
    pub(crate) fn permission_needs_organization(&self) -> bool {
        self.provider == Provider::Clerk
    }

    /// Whether a role counts only inside an organisation.
    pub(crate) fn role_needs_organization(&self) -> bool {
        self.role_needs_organization
    }

    /// The field whose answer is the text at a path of claims, to the letter and from nowhere else.
    pub fn field_at(&self, path: &[String]) -> Option<Field> {
        let is_at = |known: &[&str]| known.iter().eq(path.iter());
        let answers = |field: Field| match self.of(field) {
            ClaimSources::First(sources) => match sources.as_slice() {
                [ClaimSource::Path(place)] => {
                    place.path == path && place.split.is_none() && place.strip_prefix.is_none()
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

    /// The single text of a field, with the place that decided, where it is a place.
    pub(crate) fn text(&self, field: Field, claims: &Claims) -> (Lookup, Option<&ClaimPath>) {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        let findings = sources.iter().map(|source| match source {
            ClaimSource::Path(place) => (place.text(claims), Some(place)),
            ClaimSource::Clerk => (clerk::organization_text(claims, field), None),
            ClaimSource::KeycloakOrganization => (keycloak::organization(claims), None),
            ClaimSource::KeycloakClientRoles => (Lookup::Absent, None),
        });
        findings
            .into_iter()
            .find(|(finding, _)| *finding != Lookup::Absent)
            .unwrap_or((Lookup::Absent, None))
    }

    /// The texts of a field, sorted and each once; `None` when none of its claims is there.
    pub(crate) fn texts(
        &self,
        field: Field,
        claims: &Claims,
        alignment: FpmAlignment,
    ) -> Option<Vec<String>> {
        let one = |source: &ClaimSource| match source {
            ClaimSource::Path(place) => place.texts(claims),
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

    /// How messages name where a field is looked for; `None` when the provider does not have it.
    pub(crate) fn label(&self, field: Field) -> Option<String> {
        let (ClaimSources::First(sources) | ClaimSources::All(sources)) = self.of(field);
        let labels = sources.iter().filter_map(|source| match source {
            ClaimSource::Path(place) => Some(place.label()),
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
