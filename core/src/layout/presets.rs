//! The layouts of the supported providers.

use super::layout::Layout;
use super::provider::Provider;
use super::source::{ClaimSource, ClaimSources};
use crate::claim_path::ClaimPath;
use crate::field::Field;

impl Default for Layout {
    fn default() -> Layout {
        Layout::preset(Provider::default())
    }
}

impl Layout {
    /// The layout of a provider's tokens. Each [`Provider`] links its documentation.
    pub fn preset(provider: Provider) -> Layout {
        let nowhere = || ClaimSources::First(Vec::new());
        let claim = |path: &[&str]| ClaimSources::First(vec![ClaimSource::Path(ClaimPath::at(path))]);
        let scope = || ClaimSource::Path(ClaimPath::at(&["scope"]).split(" "));
        let permissions = || ClaimSource::Path(ClaimPath::at(&["permissions"]));

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
                    layout.put(field, ClaimSources::First(vec![ClaimSource::Clerk]));
                }
                layout.put(Field::SessionId, claim(&["sid"]));
            }
            Provider::Supabase => layout.put(Field::SessionId, claim(&["session_id"])),
            Provider::Logto => {
                let minted = [ClaimPath::at(&["sub"]), ClaimPath::at(&["userId"])];
                layout.put(
                    Field::UserId,
                    ClaimSources::First(minted.map(ClaimSource::Path).to_vec()),
                );
                let audience = ClaimPath::at(&["aud"]).strip_prefix("urn:logto:organization:");
                let organization = [ClaimPath::at(&["organization_id"]), audience];
                layout.put(
                    Field::OrgId,
                    ClaimSources::First(organization.map(ClaimSource::Path).to_vec()),
                );
                layout.put(Field::Permissions, ClaimSources::First(vec![scope()]));
            }
            Provider::Supertokens => {
                layout.put(Field::OrgId, claim(&["tId"]));
                layout.put(Field::OrgRole, claim(&["st-role", "v"]));
                layout.put(Field::Permissions, claim(&["st-perm", "v"]));
                layout.put(Field::SessionId, claim(&["sessionHandle"]));
            }
            Provider::Auth0 => {
                layout.put(Field::OrgId, claim(&["org_id"]));
                layout.put(
                    Field::Permissions,
                    ClaimSources::All(vec![permissions(), scope()]),
                );
            }
            Provider::Keycloak => {
                layout.put(
                    Field::OrgId,
                    ClaimSources::First(vec![ClaimSource::KeycloakOrganization]),
                );
                let realm = ClaimSource::Path(ClaimPath::at(&["realm_access", "roles"]));
                layout.put(
                    Field::OrgRole,
                    ClaimSources::All(vec![realm, ClaimSource::KeycloakClientRoles]),
                );
                layout.put(Field::Permissions, ClaimSources::First(vec![scope()]));
                layout.put(Field::SessionId, claim(&["sid"]));
            }
            Provider::Firebase => layout.put(Field::OrgId, claim(&["firebase", "tenant"])),
            Provider::Generic => {
                layout.put(Field::OrgId, claim(&["org_id"]));
                layout.put(Field::OrgSlug, claim(&["org_slug"]));
                layout.put(Field::OrgRole, claim(&["org_role"]));
                layout.put(
                    Field::Permissions,
                    ClaimSources::First(vec![permissions(), scope()]),
                );
                layout.put(Field::SessionId, claim(&["sid"]));
            }
        }
        layout
    }
}
