//! The policies that are compared. Each case is a database role with its own policies on the same tables, so
//! that all cases read the same pages and differ in one expression.

use crate::claims::GRANTED_PERMISSION;
use crate::rounds::Case;
use crate::users::User;

pub struct PolicyCase {
    pub label: &'static str,
    pub role: &'static str,
    /// The expression of the policy.
    pub policy: String,
    /// The position of the case with a constant in the same expression. A constant is its own baseline.
    pub baseline: usize,
    pub subject: SubjectKind,
    /// Whether the policy parses the claims for every row. With 8 kB a scan then takes a minute.
    pub parses_per_row: bool,
}

impl Case for PolicyCase {
    fn label(&self) -> &str {
        self.label
    }

    fn baseline(&self) -> usize {
        self.baseline
    }
}

/// The subject of a case's claims. Supabase's `auth.uid()` raises an error for a Clerk ID; that case and the
/// cases it is compared with have a subject that is a UUID.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    ClerkId,
    Uuid,
}

// Positions in `owner_cases` of the cases that have targets.
pub const CONSTANT: usize = 0;
pub const NATIVE: usize = 1;
pub const NATIVE_SELECT: usize = 2;
pub const GUIDE: usize = 3;
pub const CONSTANT_UUID: usize = 5;
pub const NATIVE_UUID: usize = 6;

/// The cases that compare the owner of a row: the text column first, then the uuid column.
pub fn owner_cases(clerk_user: &User, uuid_user: &User) -> Vec<PolicyCase> {
    let case = |label, role, policy: String, baseline| PolicyCase {
        label,
        role,
        policy,
        baseline,
        subject: if baseline == CONSTANT_UUID {
            SubjectKind::Uuid
        } else {
            SubjectKind::ClerkId
        },
        parses_per_row: false,
    };
    let per_row = |case| PolicyCase {
        parses_per_row: true,
        ..case
    };
    vec![
        case(
            "constant",
            "bench_constant",
            format!("user_id = '{}'", clerk_user.subject),
            CONSTANT,
        ),
        case(
            "`requesting_user_id()`",
            "bench_native",
            "user_id = requesting_user_id()".into(),
            CONSTANT,
        ),
        case(
            "`(select requesting_user_id())`",
            "bench_native_select",
            "user_id = (select requesting_user_id())".into(),
            CONSTANT,
        ),
        per_row(case(
            "the guides' SQL function",
            "bench_guide",
            "user_id = guide.requesting_user_id()".into(),
            CONSTANT,
        )),
        case(
            "the guides' SQL function, in `(select …)`",
            "bench_guide_select",
            "user_id = (select guide.requesting_user_id())".into(),
            CONSTANT,
        ),
        case(
            "constant uuid",
            "bench_constant_uuid",
            format!("owner_uuid = '{}'", uuid_user.subject),
            CONSTANT_UUID,
        ),
        case(
            "`requesting_user_uuid()`, subject is a UUID",
            "bench_native_uuid",
            "owner_uuid = requesting_user_uuid()".into(),
            CONSTANT_UUID,
        ),
        per_row(case(
            "Supabase `auth.uid()`",
            "bench_auth_uid",
            "owner_uuid = guide.auth_uid()".into(),
            CONSTANT_UUID,
        )),
    ]
}

/// The cases of the other readers: a constant and a reader, alternately. The constant has the same type,
/// operator and column, so that the cases differ in the call alone.
pub fn reader_cases(clerk_user: &User) -> Vec<PolicyCase> {
    // PostgreSQL would simplify `allowed = true` to `allowed`. `>=` means the same here and keeps its
    // operator.
    let has = format!("requesting_user_has(permission => '{GRANTED_PERMISSION}')");
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
                "`requesting_user_uuid()`, UUIDv5 of a Clerk ID",
                "bench_uuid_v5",
                "owner_uuid = requesting_user_uuid()".into(),
            ),
        ],
    ];
    pairs
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(position, (label, role, policy))| PolicyCase {
            label,
            role,
            policy,
            baseline: position - position % 2,
            subject: SubjectKind::ClerkId,
            parses_per_row: false,
        })
        .collect()
}
