//! The organization in Clerk's session tokens, which have two versions.
//!
//! Invariant: the version alone decides which claims count. In version 2 the `org_*` claims are ignored,
//! because a JWT template can add them beside `o`. Sources:
//! [`jwtv2.ts`](https://github.com/clerk/javascript/blob/main/packages/shared/src/types/jwtv2.ts) and
//! [`jwtPayloadParser.ts`](https://github.com/clerk/javascript/blob/main/packages/shared/src/jwtPayloadParser.ts)
//! in Clerk's SDK.

use super::fpm_alignment::FpmAlignment;
use super::permissions;
use crate::claims::Claims;
use crate::field::Field;
use crate::json::number::number;
use crate::json::string::json_string;
use crate::json::value::{is_array, is_object, member, string_elements};
use crate::lookup::Lookup;

/// Whether `v` is the number 2. The string "2" means version 1, as in Clerk's SDK.
fn is_version_2(claims: &Claims) -> bool {
    claims.top("v").and_then(number) == Some(2.0)
}

/// The ID, slug or role of the organization.
pub(crate) fn organization_text(claims: &Claims, field: Field) -> Lookup {
    let (version_2, version_1) = match field {
        Field::OrgId => ("id", "org_id"),
        Field::OrgSlug => ("slg", "org_slug"),
        Field::OrgRole => ("rol", "org_role"),
        _ => return Lookup::Absent,
    };
    Lookup::of(if is_version_2(claims) {
        claims
            .top("o")
            .and_then(|organization| member(organization, version_2))
    } else {
        claims.top(version_1)
    })
}

/// The permissions in the organization, or another field as a list of one text.
pub(crate) fn organization_texts(
    claims: &Claims,
    field: Field,
    alignment: FpmAlignment,
) -> Option<Vec<String>> {
    if field != Field::Permissions {
        return organization_text(claims, field).text().map(|text| vec![text]);
    }
    if is_version_2(claims) {
        let organization = claims.top("o").filter(|raw| is_object(raw))?;
        // Borrowed unless they contain escapes, which tokens from Clerk do not.
        let features = claims.top("fea").and_then(json_string).unwrap_or_default();
        let names = member(organization, "per")
            .and_then(json_string)
            .unwrap_or_default();
        let masks = member(organization, "fpm")
            .and_then(json_string)
            .unwrap_or_default();
        return Some(permissions::decode(&features, &names, &masks, alignment));
    }
    match claims.top("org_permissions") {
        Some(list) if is_array(list) => Some(string_elements(list).filter(|name| !name.is_empty()).collect()),
        _ => organization_text(claims, Field::OrgId).text().map(|_| Vec::new()),
    }
}
