//! The contestants: each arm is a role with a policy of its own on the same
//! tables, so that all arms read the same pages and differ in one expression.

use crate::fixture::Person;
use crate::report::Target;
use crate::rounds::Contestant;

/// Who answers "who is asking?".
pub struct Arm {
    pub label: &'static str,
    pub role: &'static str,
    /// What the policy compares, as SQL.
    pub policy: String,
    /// The position of the arm with a constant in the same expression; the
    /// constant itself is its own.
    pub base: usize,
    pub claims: ClaimsOf,
    /// Parses the claims for every row, which at 8 kB takes a minute per scan.
    pub parses_per_row: bool,
}

impl Contestant for Arm {
    fn label(&self) -> &str {
        self.label
    }

    fn base(&self) -> usize {
        self.base
    }
}

/// Whose claims an arm's requests carry: Supabase's `auth.uid()` fails on a Clerk
/// id, so it and what it is compared with have a subject that is a UUID.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ClaimsOf {
    ClerkUser,
    UuidUser,
}

/// A row of a report: an arm against another one.
pub struct Comparison {
    pub label: String,
    pub arm: usize,
    pub base: usize,
    pub target: Option<Target>,
}

// Where the arms that targets speak of stand in `owner_arms`.
pub const CONSTANT: usize = 0;
pub const NATIVE: usize = 1;
pub const NATIVE_SELECT: usize = 2;
pub const GUIDE: usize = 3;
pub const CONSTANT_UUID: usize = 5;
pub const NATIVE_UUID: usize = 6;

/// The arms that compare a row's owner: first the text column's, then the uuid's.
pub fn owner_arms(clerk_user: &Person, uuid_user: &Person) -> Vec<Arm> {
    let arm = |label, role, policy: String, base| Arm {
        label,
        role,
        policy,
        base,
        claims: if base == CONSTANT_UUID {
            ClaimsOf::UuidUser
        } else {
            ClaimsOf::ClerkUser
        },
        parses_per_row: false,
    };
    let per_row = |arm| Arm {
        parses_per_row: true,
        ..arm
    };
    vec![
        arm(
            "constant",
            "bench_constant",
            format!("user_id = '{}'", clerk_user.subject),
            CONSTANT,
        ),
        arm(
            "`requesting_user_id()`",
            "bench_native",
            "user_id = requesting_user_id()".into(),
            CONSTANT,
        ),
        arm(
            "`(select requesting_user_id())`",
            "bench_native_select",
            "user_id = (select requesting_user_id())".into(),
            CONSTANT,
        ),
        per_row(arm(
            "the guides' SQL function",
            "bench_guide",
            "user_id = guide.requesting_user_id()".into(),
            CONSTANT,
        )),
        arm(
            "the guides' SQL function as `(select …)`",
            "bench_guide_select",
            "user_id = (select guide.requesting_user_id())".into(),
            CONSTANT,
        ),
        arm(
            "constant uuid",
            "bench_constant_uuid",
            format!("owner_uuid = '{}'", uuid_user.subject),
            CONSTANT_UUID,
        ),
        arm(
            "`requesting_user_uuid()`, the subject is a UUID",
            "bench_native_uuid",
            "owner_uuid = requesting_user_uuid()".into(),
            CONSTANT_UUID,
        ),
        per_row(arm(
            "Supabase `auth.uid()`",
            "bench_auth_uid",
            "owner_uuid = guide.auth_uid()".into(),
            CONSTANT_UUID,
        )),
    ]
}

/// The arms of the other readers: a constant and a reader, alternately. The
/// constant has the same type, operator and column, so only the call differs.
pub fn reader_arms(clerk_user: &Person) -> Vec<Arm> {
    // `allowed = true` would be simplified to `allowed`; `>=` means the same
    // here and keeps its operator on both sides of the comparison.
    let has = format!(
        "requesting_user_has(permission => '{}')",
        crate::claims::GRANTED_PERMISSION
    );
    let organization = format!("'{}'", clerk_user.organization);
    let pairs: [[(&'static str, &'static str, String); 2]; 5] = [
        [
            ("constant boolean", "bench_boolean", "allowed >= true".into()),
            (
                "`requesting_user_has(permission => …)`",
                "bench_has",
                format!("allowed >= {has}"),
            ),
        ],
        [
            (
                "constant organization",
                "bench_organization",
                format!("org_id = {organization}"),
            ),
            (
                "`requesting_org_id()`",
                "bench_org_id",
                "org_id = requesting_org_id()".into(),
            ),
        ],
        [
            (
                "constant organization",
                "bench_organization_path",
                format!("org_id = {organization}"),
            ),
            (
                "`requesting_claim('o', 'id')`",
                "bench_claim",
                "org_id = requesting_claim('o', 'id')".into(),
            ),
        ],
        [
            (
                "constant role",
                "bench_org_role_constant",
                "org_role = 'org:admin'".into(),
            ),
            (
                "`requesting_org_role()`",
                "bench_org_role",
                "org_role = requesting_org_role()".into(),
            ),
        ],
        [
            (
                "constant uuid",
                "bench_uuid_v5_constant",
                format!("owner_uuid = '{}'", clerk_user.owner_uuid),
            ),
            (
                "`requesting_user_uuid()`, UUIDv5 of a Clerk id",
                "bench_uuid_v5",
                "owner_uuid = requesting_user_uuid()".into(),
            ),
        ],
    ];
    pairs
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(position, (label, role, policy))| Arm {
            label,
            role,
            policy,
            base: position - position % 2,
            claims: ClaimsOf::ClerkUser,
            parses_per_row: false,
        })
        .collect()
}

/// Every arm against its constant; `target` says what is promised of an arm.
pub fn against_constants(arms: &[Arm], target: impl Fn(usize) -> Option<Target>) -> Vec<Comparison> {
    arms.iter()
        .enumerate()
        .map(|(position, arm)| Comparison {
            label: arm.label.to_owned(),
            arm: position,
            base: arm.base,
            target: target(position),
        })
        .collect()
}
