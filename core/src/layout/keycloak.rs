//! Keycloak's claims that occur in more than one shape.

use crate::claims::Claims;
use crate::json::string::{decode, json_string};
use crate::json::value::{elements, is_array, is_null, is_object, member, members, string_elements};
use crate::lookup::{Lookup, Unusable};

/// The organization in Keycloak's claim `organization` ([Server Administration
/// Guide](https://www.keycloak.org/docs/latest/server_admin/#_managing_organizations)). If the claim lists
/// several organizations, none of them is active.
pub(super) fn organization(claims: &Claims) -> Lookup {
    let raw = claims.top("organization");
    match raw {
        Some(list) if is_array(list) => {
            let mut names = elements(list);
            match (names.next(), names.next()) {
                (None, _) => Lookup::Absent,
                (only, None) => Lookup::of(only),
                (_, Some(_)) => Lookup::Unusable(Unusable::Several),
            }
        }
        Some(object) if is_object(object) => {
            let mut organizations = members(object);
            match (organizations.next(), organizations.next()) {
                (None, _) => Lookup::Absent,
                (Some((name, content)), None) => {
                    match member(content, "id")
                        .and_then(json_string)
                        .or_else(|| decode(name))
                    {
                        Some(id) if !id.is_empty() => Lookup::Text(id.into_owned()),
                        _ => Lookup::Unusable(Unusable::Empty),
                    }
                }
                (_, Some(_)) => Lookup::Unusable(Unusable::Several),
            }
        }
        other => Lookup::of(other),
    }
}

pub(super) fn client_roles(claims: &Claims) -> Option<Vec<String>> {
    let clients = claims.top("resource_access").filter(|raw| !is_null(raw))?;
    let lists = members(clients).filter_map(|(_, client)| member(client, "roles"));
    Some(lists.flat_map(string_elements).collect())
}
