//! Where each provider keeps what.
//!
//! Invariant: a layout answers every field, be it with "nowhere". Mapping a field replaces all places
//! the preset knows for it, so that a map says the whole truth about its field. What no path can
//! express (Clerk's two versions, Keycloak's three shapes) is a source of its own, not a flag.
//!
//! Sources: tokens.md section 3, with each provider's token reference.

mod writing;

pub(crate) use writing::{Node, Unwritable};

use crate::claims::Claims;
use crate::clerk;
use crate::fpm_alignment::FpmAlignment;
use crate::json::string::{decode, json_string};
use crate::json::value::{elements, is_array, is_null, is_object, member, members, string_elements};
use crate::place::{Finding, Place, Unusable};
use crate::provider::Provider;

/// What a layout locates; each is a key of the claim map under [`Field::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The subject.
    UserId,
    /// The active organisation or tenant.
    OrgId,
    /// Its readable name.
    OrgSlug,
    /// Roles in it; a string or an array of strings.
    OrgRole,
    /// Permissions; a string or an array of strings.
    Permissions,
    /// The session.
    SessionId,
    /// Who acts as the subject.
    ActorId,
    /// The `role` reader's value, mostly the database role.
    Role,
    /// The e-mail address.
    Email,
}

impl Field {
    /// How many fields there are.
    pub(crate) const COUNT: usize = 9;

    /// Every field with its name in a claim map, in the order of the variants.
    pub const NAMES: [(&'static str, Field); Field::COUNT] = [
        ("user_id", Field::UserId),
        ("org_id", Field::OrgId),
        ("org_slug", Field::OrgSlug),
        ("org_role", Field::OrgRole),
        ("permissions", Field::Permissions),
        ("session_id", Field::SessionId),
        ("actor_id", Field::ActorId),
        ("role", Field::Role),
        ("email", Field::Email),
    ];

    /// The field's name in a claim map.
    pub fn as_str(self) -> &'static str {
        Field::NAMES
            .iter()
            .find(|(_, field)| *field == self)
            .map_or("", |(name, _)| name)
    }
}

/// Where claims lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    provider: Provider,
    sources: [Sources; Field::COUNT],
    /// The roles found are roles in the organisation, so they mean nothing without one.
    role_needs_organization: bool,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout::preset(Provider::default())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sources {
    /// The first that is there decides.
    First(Vec<Source>),
    /// What all of them give together; lists only.
    All(Vec<Source>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Place(Place),
    /// Version 2's `o` and `fea`, or version 1's `org_*`.
    Clerk,
    /// `organization`: a name, one name in an array, or an object with one member.
    KeycloakOrganization,
    /// `resource_access.*.roles`.
    KeycloakClientRoles,
}

impl Layout {
    /// Where a provider keeps what.
    pub fn preset(provider: Provider) -> Layout {
        let nowhere = || Sources::First(Vec::new());
        let claim = |path: &[&str]| Sources::First(vec![Source::Place(Place::at(path))]);
        let scope = || Source::Place(Place::at(&["scope"]).split(" "));
        let permissions = || Source::Place(Place::at(&["permissions"]));

        let mut layout = Layout {
            provider,
            sources: std::array::from_fn(|_| nowhere()),
            role_needs_organization: matches!(provider, Provider::Clerk | Provider::Generic),
        };
        layout.put(Field::UserId, claim(&["sub"]));
        layout.put(Field::ActorId, claim(&["act", "sub"]));
        layout.put(Field::Role, claim(&["role"]));
        layout.put(Field::Email, claim(&["email"]));
        match provider {
            Provider::Clerk => {
                for field in [Field::OrgId, Field::OrgSlug, Field::OrgRole, Field::Permissions] {
                    layout.put(field, Sources::First(vec![Source::Clerk]));
                }
                layout.put(Field::SessionId, claim(&["sid"]));
            }
            Provider::Supabase => layout.put(Field::SessionId, claim(&["session_id"])),
            Provider::Logto => {
                let minted = [Place::at(&["sub"]), Place::at(&["userId"])];
                layout.put(Field::UserId, Sources::First(minted.map(Source::Place).to_vec()));
                let audience = Place::at(&["aud"]).strip_prefix("urn:logto:organization:");
                let organization = [Place::at(&["organization_id"]), audience];
                layout.put(
                    Field::OrgId,
                    Sources::First(organization.map(Source::Place).to_vec()),
                );
                layout.put(Field::Permissions, Sources::First(vec![scope()]));
            }
            Provider::Supertokens => {
                layout.put(Field::OrgId, claim(&["tId"]));
                layout.put(Field::OrgRole, claim(&["st-role", "v"]));
                layout.put(Field::Permissions, claim(&["st-perm", "v"]));
                layout.put(Field::SessionId, claim(&["sessionHandle"]));
            }
            Provider::Auth0 => {
                layout.put(Field::OrgId, claim(&["org_id"]));
                layout.put(Field::Permissions, Sources::All(vec![permissions(), scope()]));
            }
            Provider::Keycloak => {
                layout.put(Field::OrgId, Sources::First(vec![Source::KeycloakOrganization]));
                let realm = Source::Place(Place::at(&["realm_access", "roles"]));
                layout.put(
                    Field::OrgRole,
                    Sources::All(vec![realm, Source::KeycloakClientRoles]),
                );
                layout.put(Field::Permissions, Sources::First(vec![scope()]));
                layout.put(Field::SessionId, claim(&["sid"]));
            }
            Provider::Firebase => layout.put(Field::OrgId, claim(&["firebase", "tenant"])),
            Provider::Generic => {
                layout.put(Field::OrgId, claim(&["org_id"]));
                layout.put(Field::OrgSlug, claim(&["org_slug"]));
                layout.put(Field::OrgRole, claim(&["org_role"]));
                layout.put(Field::Permissions, Sources::First(vec![permissions(), scope()]));
                layout.put(Field::SessionId, claim(&["sid"]));
            }
        }
        layout
    }

    /// One field found in one place alone, whatever the preset said.
    pub(crate) fn map(&mut self, field: Field, place: Place) {
        if field == Field::OrgRole {
            self.role_needs_organization = self.provider == Provider::Clerk;
        }
        self.put(field, Sources::First(vec![Source::Place(place)]));
    }

    /// Whether permissions come out of Clerk's own claims, whose names are complete.
    pub(crate) fn permissions_are_clerks(&self) -> bool {
        matches!(self.of(Field::Permissions), Sources::First(sources) if sources.as_slice() == [Source::Clerk])
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
            Sources::First(sources) => match sources.as_slice() {
                [Source::Place(place)] => {
                    place.path == path && place.split.is_none() && place.strip_prefix.is_none()
                }
                [Source::Clerk] => match field {
                    Field::OrgId => is_at(&["org_id"]) || is_at(&["o", "id"]),
                    Field::OrgSlug => is_at(&["org_slug"]) || is_at(&["o", "slg"]),
                    _ => false,
                },
                _ => false,
            },
            Sources::All(_) => false,
        };
        Field::NAMES
            .into_iter()
            .map(|(_, field)| field)
            .find(|field| answers(*field))
    }

    /// The single text of a field, with the place that decided, where it is a place.
    pub(crate) fn text(&self, field: Field, claims: &Claims) -> (Finding, Option<&Place>) {
        let (Sources::First(sources) | Sources::All(sources)) = self.of(field);
        let findings = sources.iter().map(|source| match source {
            Source::Place(place) => (place.text(claims), Some(place)),
            Source::Clerk => (clerk::organization_text(claims, field), None),
            Source::KeycloakOrganization => (keycloak_organization(claims), None),
            Source::KeycloakClientRoles => (Finding::Absent, None),
        });
        findings
            .into_iter()
            .find(|(finding, _)| *finding != Finding::Absent)
            .unwrap_or((Finding::Absent, None))
    }

    /// The texts of a field, sorted and each once; `None` when none of its claims is there.
    pub(crate) fn texts(
        &self,
        field: Field,
        claims: &Claims,
        alignment: FpmAlignment,
    ) -> Option<Vec<String>> {
        let one = |source: &Source| match source {
            Source::Place(place) => place.texts(claims),
            Source::Clerk => clerk::organization_texts(claims, field, alignment),
            Source::KeycloakOrganization => keycloak_organization(claims).text().map(|id| vec![id]),
            Source::KeycloakClientRoles => keycloak_client_roles(claims),
        };
        let mut texts = match self.of(field) {
            Sources::First(sources) => sources.iter().find_map(one)?,
            Sources::All(sources) => {
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
        let (Sources::First(sources) | Sources::All(sources)) = self.of(field);
        let labels = sources.iter().filter_map(|source| match source {
            Source::Place(place) => Some(place.label()),
            _ => None,
        });
        labels.reduce(|all, next| all + " or " + &next)
    }

    fn put(&mut self, field: Field, sources: Sources) {
        if let Some(slot) = self.sources.get_mut(field as usize) {
            *slot = sources;
        }
    }

    fn of(&self, field: Field) -> &Sources {
        const NOWHERE: &Sources = &Sources::First(Vec::new());
        self.sources.get(field as usize).unwrap_or(NOWHERE)
    }
}

/// Keycloak's `organization` (Server Administration Guide, "Managing organizations"): several
/// organisations mean that none is active.
fn keycloak_organization(claims: &Claims) -> Finding {
    let raw = claims.top("organization");
    match raw {
        Some(list) if is_array(list) => {
            let mut names = elements(list);
            match (names.next(), names.next()) {
                (None, _) => Finding::Absent,
                (only, None) => Finding::of(only),
                (_, Some(_)) => Finding::Unusable(Unusable::Several),
            }
        }
        Some(object) if is_object(object) => {
            let mut organizations = members(object);
            match (organizations.next(), organizations.next()) {
                (None, _) => Finding::Absent,
                (Some((name, content)), None) => {
                    match member(content, "id")
                        .and_then(json_string)
                        .or_else(|| decode(name))
                    {
                        Some(id) if !id.is_empty() => Finding::Text(id.into_owned()),
                        _ => Finding::Unusable(Unusable::Empty),
                    }
                }
                (_, Some(_)) => Finding::Unusable(Unusable::Several),
            }
        }
        other => Finding::of(other),
    }
}

fn keycloak_client_roles(claims: &Claims) -> Option<Vec<String>> {
    let clients = claims.top("resource_access").filter(|raw| !is_null(raw))?;
    let lists = members(clients).filter_map(|(_, client)| member(client, "roles"));
    Some(lists.flat_map(string_elements).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_fields() {
        for (position, (name, field)) in Field::NAMES.into_iter().enumerate() {
            assert_eq!(field as usize, position);
            assert_eq!(field.as_str(), name);
        }
    }
}
