//! A provider's users, organizations and memberships, and the events by which it tells of each change.

use std::collections::BTreeMap;

use serde_json::{json, Value};

/// A message of the provider.
#[derive(Clone)]
pub struct Event {
    pub id: String,
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub username: String,
    pub banned: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    id: String,
    pub role: &'static str,
    created_at: u64,
}

/// What the provider knows. Everything is of those who exist; a deletion leaves nothing.
#[derive(Default)]
pub struct Provider {
    pub users: BTreeMap<String, User>,
    /// The names, by ID.
    pub organizations: BTreeMap<String, String>,
    /// By user and organization.
    pub memberships: BTreeMap<(String, String), Membership>,
    /// How many IDs there have been.
    ids: usize,
    /// Milliseconds since 1970.
    now: u64,
}

pub const ROLES: [&str; 3] = ["org:admin", "org:member", "org:viewer"];
const START: u64 = 1_700_000_000_000;

impl Provider {
    /// A random change.
    pub fn change(&mut self) -> Event {
        match fastrand::u32(..100) {
            _ if self.users.len() < 5 => self.create_user(),
            _ if self.organizations.len() < 3 => self.create_organization(),
            0..8 => self.create_user(),
            8..12 => self.create_organization(),
            12..35 => self.rename_user(),
            35..40 => self.ban_or_unban(),
            40..50 => self.update_organization(),
            50..54 => self.delete_user(),
            54..56 => self.delete_organization(),
            56..80 => self.join(),
            80..90 => self.change_role(),
            _ => self.leave(),
        }
    }

    fn create_user(&mut self) -> Event {
        let id = self.new_id("user");
        self.add_user(&id)
    }

    pub fn add_user(&mut self, id: &str) -> Event {
        let user = User {
            username: random_name(),
            banned: false,
        };
        self.users.insert(id.to_owned(), user);
        self.tell_user("user.created", id)
    }

    fn create_organization(&mut self) -> Event {
        let id = self.new_id("org");
        self.add_organization(&id)
    }

    pub fn add_organization(&mut self, id: &str) -> Event {
        self.organizations.insert(id.to_owned(), random_name());
        self.tell_organization("organization.created", id)
    }

    fn ban_or_unban(&mut self) -> Event {
        let id = random_key(&self.users);
        if let Some(user) = self.users.get_mut(&id) {
            user.banned = fastrand::bool();
        }
        self.tell_user("user.updated", &id)
    }

    pub fn rename_user(&mut self) -> Event {
        let id = random_key(&self.users);
        if let Some(user) = self.users.get_mut(&id) {
            user.username = random_name();
        }
        self.tell_user("user.updated", &id)
    }

    fn update_organization(&mut self) -> Event {
        let id = random_key(&self.organizations);
        self.organizations.insert(id.clone(), random_name());
        self.tell_organization("organization.updated", &id)
    }

    fn delete_user(&mut self) -> Event {
        let id = random_key(&self.users);
        self.users.remove(&id);
        self.memberships.retain(|(user, _), _| *user != id);
        self.event(
            "user.deleted",
            &json!({ "object": "user", "id": id, "deleted": true }),
        )
    }

    fn delete_organization(&mut self) -> Event {
        let id = random_key(&self.organizations);
        self.organizations.remove(&id);
        self.memberships
            .retain(|(_, organization), _| *organization != id);
        self.event(
            "organization.deleted",
            &json!({ "object": "organization", "id": id, "deleted": true }),
        )
    }

    fn join(&mut self) -> Event {
        let pair = (random_key(&self.users), random_key(&self.organizations));
        if self.memberships.contains_key(&pair) {
            return self.set_role(&pair);
        }
        self.add_membership(&pair)
    }

    pub fn add_membership(&mut self, pair: &(String, String)) -> Event {
        let membership = Membership {
            id: self.new_id("orgmem"),
            role: random_role(),
            created_at: self.next_time(),
        };
        self.memberships.insert(pair.clone(), membership.clone());
        self.tell_membership("organizationMembership.created", pair, &membership)
    }

    fn change_role(&mut self) -> Event {
        if self.memberships.is_empty() {
            return self.join();
        }
        let pair = random_key(&self.memberships);
        self.set_role(&pair)
    }

    fn set_role(&mut self, pair: &(String, String)) -> Event {
        let Some(membership) = self.memberships.get_mut(pair) else {
            return self.add_membership(pair);
        };
        membership.role = random_role();
        let membership = membership.clone();
        self.tell_membership("organizationMembership.updated", pair, &membership)
    }

    fn leave(&mut self) -> Event {
        if self.memberships.is_empty() {
            return self.join();
        }
        let pair = random_key(&self.memberships);
        self.end_membership(&pair).unwrap_or_else(|| self.join())
    }

    /// `None` if there is no such membership.
    pub fn end_membership(&mut self, pair: &(String, String)) -> Option<Event> {
        let membership = self.memberships.remove(pair)?;
        Some(self.tell_membership("organizationMembership.deleted", pair, &membership))
    }

    fn tell_user(&mut self, kind: &str, id: &str) -> Event {
        let now = self.next_time();
        let user = self.users.get(id);
        let data = json!({
            "object": "user", "id": id, "username": user.map(|user| user.username.as_str()),
            "banned": user.is_some_and(|user| user.banned), "locked": false, "public_metadata": {},
            "email_addresses": [], "created_at": START, "updated_at": now,
        });
        self.event(kind, &data)
    }

    fn tell_organization(&mut self, kind: &str, id: &str) -> Event {
        let now = self.next_time();
        let data = json!({
            "object": "organization", "id": id, "name": self.organizations.get(id), "slug": id,
            "public_metadata": {}, "created_at": START, "updated_at": now,
        });
        self.event(kind, &data)
    }

    fn tell_membership(
        &mut self,
        kind: &str,
        (user, organization): &(String, String),
        of: &Membership,
    ) -> Event {
        let now = self.next_time();
        let data = json!({
            "object": "organization_membership", "id": of.id, "role": of.role, "permissions": [],
            "organization": { "id": organization }, "public_user_data": { "user_id": user },
            "created_at": of.created_at, "updated_at": now,
        });
        self.event(kind, &data)
    }

    fn event(&mut self, kind: &str, data: &Value) -> Event {
        let timestamp = self.next_time();
        let body = json!({ "object": "event", "type": kind, "timestamp": timestamp, "data": data });
        Event {
            id: self.new_id("msg"),
            body: body.to_string(),
        }
    }

    fn next_time(&mut self) -> u64 {
        self.now += 1;
        START + self.now
    }

    fn new_id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}_{}", self.ids)
    }
}

fn random_key<K: Clone + Default, V>(map: &BTreeMap<K, V>) -> K {
    let position = fastrand::usize(..map.len().max(1));
    map.keys().nth(position).cloned().unwrap_or_default()
}

fn random_role() -> &'static str {
    fastrand::choice(ROLES).unwrap_or_default()
}

fn random_name() -> String {
    format!("name_{}", fastrand::u32(..))
}
