//! Tests that must run inside the server, in a superuser's transaction. Row Level Security, roles,
//! connections and everything else that users see are tested from outside, in tests/.

#[allow(clippy::expect_used)]
#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;

    const CLAIMS: &str = r#"{"sub":"user_1","v":2,"o":{"id":"org_1","rol":"admin"}}"#;

    fn text(query: &str) -> Option<String> {
        Spi::get_one(query).expect("the query runs")
    }

    fn sign_in(claims: &str) {
        Spi::run_with_args(
            "SELECT set_config('request.jwt.claims', $1, true)",
            &[claims.into()],
        )
        .expect("the setting can be set");
    }

    #[pg_test]
    fn nobody_is_signed_in_at_first() {
        assert_eq!(text("SELECT requesting_user_id()"), None);
        assert_eq!(
            text("SELECT problem FROM clerk_rls.whoami()").as_deref(),
            Some("request.jwt.claims is not set")
        );
    }

    #[pg_test]
    fn each_change_of_the_claims_is_seen_by_the_next_call() {
        for user in ["user_1", "user_2", "user_1"] {
            sign_in(&format!(r#"{{"sub":"{user}"}}"#));
            assert_eq!(text("SELECT requesting_user_id()").as_deref(), Some(user));
        }
        sign_in("");
        assert_eq!(text("SELECT requesting_user_id()"), None);
    }

    #[pg_test]
    fn an_answer_is_handed_out_without_a_copy() {
        sign_in(CLAIMS);
        let address = || -> usize {
            // SAFETY: the function reads no arguments.
            unsafe {
                let reader = Some(crate::entry::readers::requesting_org_id as _);
                pg_sys::DirectFunctionCall1Coll(reader, pg_sys::InvalidOid, pg_sys::Datum::null())
            }
            .value()
        };
        let first = address();
        assert_ne!(first, 0);
        assert_eq!(first, address());
        // Another user of the same organization: neither the value nor its address changes.
        sign_in(&CLAIMS.replace("user_1", "user_2"));
        assert_eq!(first, address());
    }

    #[pg_test]
    fn memory_is_flat_over_changes_that_are_no_news() {
        let used = || -> Option<i64> {
            Spi::get_one(
                "SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts WHERE name = 'clerk_rls values'",
            )
            .expect("the query runs")
        };
        sign_in(CLAIMS);
        text("SELECT requesting_user_id() || requesting_org_id() || requesting_claim('o', 'id')");
        let before = used();
        assert!(before.is_some());
        for _ in 0..1000 {
            sign_in(CLAIMS);
            text("SELECT requesting_user_id() || requesting_org_id() || requesting_claim('o', 'id')");
        }
        assert_eq!(used(), before);
    }

    #[pg_test(error = "unknown reverification preset")]
    fn an_unknown_preset_is_an_error() {
        text("SELECT requesting_user_has(reverification => 'paranoid')::text");
    }
}
