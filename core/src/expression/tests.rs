//! Policies as PostgreSQL keeps them, spelled by the functions below, and what is found out about them.

use super::*;
use crate::layout::Layout;
use crate::provider::Provider;

const TEXT_EQUALS: u32 = 98;
const READERS: [(u32, &str); 6] = [
    (9001, "requesting_user_id"),
    (9002, "requesting_user_uuid"),
    (9003, "requesting_org_id"),
    (9004, "requesting_user_has"),
    (9005, "requesting_claim"),
    (9006, "requesting_claims"),
];
const CURRENT_SETTING: u32 = 3294;
const JSON_FIELD_TEXT: u32 = 3947;
const JSON_FIELD: u32 = 3948;
/// `auth.uid()` as Supabase has it, the guides' `requesting_user_id()`, and a function in PL/pgSQL.
const AUTH_UID: u32 = 20001;
const GUIDE: u32 = 20002;
const PLPGSQL: u32 = 20003;
/// The same, and another value at each call.
const VOLATILE: u32 = 20007;
/// A function of its argument, twice.
const TWICE: u32 = 20006;
/// A function that calls itself.
const RECURSIVE: u32 = 20004;

/// A function in PL/pgSQL whose words tell.
const WORDS: u32 = 20005;

struct Database;

impl Catalog for Database {
    fn function(&mut self, oid: u32) -> Option<Function> {
        let name = match oid {
            CURRENT_SETTING => "current_setting",
            JSON_FIELD_TEXT => "json_object_field_text",
            JSON_FIELD => "json_object_field",
            401 => "text",
            AUTH_UID | GUIDE | PLPGSQL | RECURSIVE | WORDS | TWICE | VOLATILE => "by_somebody",
            _ => READERS.iter().find(|(known, _)| *known == oid)?.1,
        };
        Some(Function {
            name: name.to_owned(),
            is_built_in: oid < 9000,
            is_volatile: oid == VOLATILE,
            is_sql: oid > 20000 && oid != PLPGSQL && oid != WORDS && oid != VOLATILE,
            procedural: (oid == WORDS || oid == VOLATILE).then(|| {
                "begin return current_setting('request.jwt.claims')::json->>'x' = 'y'; end".to_owned()
            }),
            symbol: READERS
                .iter()
                .find(|(known, _)| *known == oid)
                .map(|(_, symbol)| (*symbol).to_owned()),
        })
    }

    fn body(&mut self, oid: u32) -> Option<String> {
        match oid {
            AUTH_UID => Some(format!("({})", select(&as_uuid(&claim("sub"))))),
            GUIDE => Some(format!("({})", select(&null_if_empty(&claim("sub"))))),
            TWICE => {
                let argument = "{PARAM :paramkind 0 :paramid 1}";
                Some(format!("({})", select(&combined("and", &[argument, argument]))))
            }
            RECURSIVE => Some(format!("({})", select(&call(RECURSIVE, 25, &[])))),
            _ => None,
        }
    }

    fn operator(&mut self, oid: u32) -> Option<String> {
        (oid < 16384).then(|| if oid == TEXT_EQUALS { "=" } else { "->>" }.to_owned())
    }

    fn is_plain(&mut self, type_oid: u32) -> bool {
        type_oid < 16384
    }

    fn is_deterministic(&mut self, collation: u32) -> bool {
        collation != 666
    }
}

fn column(number: i16) -> String {
    format!("{{VAR :varno 1 :varattno {number} :vartype 25 :varlevelsup 0}}")
}

fn text(value: &str) -> String {
    let bytes: Vec<String> = value.bytes().map(|byte| (byte as i8).to_string()).collect();
    let header = ((value.len() as u32 + 4) << 2)
        .to_le_bytes()
        .map(|byte| (byte as i8).to_string())
        .join(" ");
    format!(
        "{{CONST :consttype 25 :constisnull false :constvalue {} [ {header} {} ]}}",
        value.len() + 4,
        bytes.join(" ")
    )
}

fn boolean(value: bool) -> String {
    format!(
        "{{CONST :consttype 16 :constisnull false :constvalue 1 [ {} 0 0 0 0 0 0 0 ]}}",
        u8::from(value)
    )
}

fn call(oid: u32, result_type: u32, arguments: &[&str]) -> String {
    format!(
        "{{FUNCEXPR :funcid {oid} :funcresulttype {result_type} :funcformat 0 :args ({})}}",
        arguments.join(" ")
    )
}

fn user_id() -> String {
    call(9001, 25, &[])
}

fn org_id() -> String {
    call(9003, 25, &[])
}

fn compared(operator: u32, collation: u32, left: &str, right: &str) -> String {
    format!("{{OPEXPR :opno {operator} :opfuncid 67 :opresulttype 16 :inputcollid {collation} :args ({left} {right})}}")
}

fn equal(left: &str, right: &str) -> String {
    compared(TEXT_EQUALS, 100, left, right)
}

fn combined(operator: &str, parts: &[&str]) -> String {
    format!("{{BOOLEXPR :boolop {operator} :args ({})}}", parts.join(" "))
}

fn is_null(part: &str) -> String {
    format!("{{NULLTEST :arg {part} :nulltesttype 0 :argisrow false}}")
}

fn is_not_null(part: &str) -> String {
    format!("{{NULLTEST :arg {part} :nulltesttype 1 :argisrow false}}")
}

fn coalesce(parts: &[&str]) -> String {
    format!("{{COALESCEEXPR :coalescetype 25 :args ({})}}", parts.join(" "))
}

fn null_if_empty(part: &str) -> String {
    format!(
        "{{NULLIFEXPR :opno {TEXT_EQUALS} :opresulttype 25 :inputcollid 100 :args ({part} {})}}",
        text("")
    )
}

/// `current_setting('request.jwt.claims', true)::json`.
fn claims() -> String {
    let setting = call(
        CURRENT_SETTING,
        25,
        &[&text("request.jwt.claims"), &boolean(true)],
    );
    format!("{{COERCEVIAIO :arg {setting} :resulttype 114}}")
}

fn claim(key: &str) -> String {
    format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD_TEXT} :opresulttype 25 :args ({} {})}}",
        claims(),
        text(key)
    )
}

fn nested_claim(first: &str, second: &str) -> String {
    let outer = format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD} :opresulttype 114 :args ({} {})}}",
        claims(),
        text(first)
    );
    format!(
        "{{OPEXPR :opno 1 :opfuncid {JSON_FIELD_TEXT} :opresulttype 25 :args ({outer} {})}}",
        text(second)
    )
}

fn as_uuid(part: &str) -> String {
    format!("{{COERCEVIAIO :arg {part} :resulttype 2950}}")
}

fn as_text(part: &str) -> String {
    format!("{{COERCEVIAIO :arg {part} :resulttype 25}}")
}

fn select(value: &str) -> String {
    format!("{{QUERY :commandType 1 :rtable <> :cteList <> :jointree {{FROMEXPR :fromlist <> :quals <>}} :targetList ({{TARGETENTRY :expr {value}}}) :hasAggs false}}")
}

fn sub_select(value: &str) -> String {
    format!(
        "{{SUBLINK :subLinkType 4 :testexpr <> :subselect {}}}",
        select(value)
    )
}

/// `EXISTS (SELECT FROM other WHERE condition)`, in which the row's columns are one level up.
fn exists(condition: &str) -> String {
    let condition = condition.replace(":varlevelsup 0", ":varlevelsup 1");
    format!("{{SUBLINK :subLinkType 0 :testexpr <> :subselect {{QUERY :commandType 1 :rtable ({{RANGETBLENTRY :relid 5}}) :jointree {{FROMEXPR :fromlist ({{RANGETBLREF :rtindex 1}}) :quals {condition}}} :targetList <>}}}}")
}

fn inspected(tree: &str) -> Inspection {
    inspect(tree, &mut Database).expect("a readable tree")
}

fn numbers(columns: &[i16]) -> std::collections::BTreeSet<i16> {
    columns.iter().copied().collect()
}

#[test]
fn own_rows_are_nobodys_but_the_users() {
    for asker in [
        user_id(),
        sub_select(&user_id()),
        claim("sub"),
        null_if_empty(&claim("sub")),
        call(GUIDE, 25, &[]),
    ] {
        let found = inspected(&equal(&column(2), &asker));
        assert_eq!(found.asks, Asks::Yes);
        assert!(found.reads_claims);
        assert!(
            !found.always && !found.for_nobody && !found.for_every_user && !found.without_organization,
            "{asker}"
        );
        assert_eq!(found.owner_columns, numbers(&[2]));
        assert_eq!(found.index_groups, [numbers(&[2])]);
        assert_eq!(found.pinned_columns, Some(numbers(&[2])));
    }
}

#[test]
fn tautologies_are_true_whoever_asks() {
    let null_or_not = combined("or", &[&is_null(&column(1)), &is_not_null(&column(1))]);
    let either = combined("or", &[&equal(&column(1), &user_id()), &boolean(true)]);
    for tree in [
        boolean(true),
        equal(&text("1"), &text("1")),
        equal(&column(2), &column(2)),
        null_or_not,
        either,
        combined("not", &[&boolean(false)]),
        combined(
            "or",
            &[&combined("not", &[&is_null(&user_id())]), &is_null(&user_id())],
        ),
        sub_select(&boolean(true)),
    ] {
        assert!(inspected(&tree).always, "{tree}");
    }
}

#[test]
fn what_depends_on_the_row_or_the_asker_is_no_tautology() {
    for tree in [
        boolean(false),
        column(3),
        is_not_null(&column(3)),
        equal(&column(1), &column(2)),
        equal(&text("1"), &text("2")),
        exists(&boolean(true)),
        call(PLPGSQL, 16, &[]),
        is_null(&text("1")),
        compared(7, 100, &column(1), &column(2)),
    ] {
        assert!(!inspected(&tree).always, "{tree}");
    }
}

#[test]
fn a_hole_for_nobody_is_found_however_it_is_spelled() {
    let own = equal(&column(2), &user_id());
    let guide = call(GUIDE, 25, &[]);
    for tree in [
        combined("or", &[&is_null(&user_id()), &own]),
        combined("or", &[&own, &is_null(&sub_select(&user_id()))]),
        equal(&coalesce(&[&user_id(), &column(2)]), &column(2)),
        combined("or", &[&is_null(&guide), &equal(&column(2), &guide)]),
        combined("or", &[&is_null(&null_if_empty(&claim("sub"))), &own]),
    ] {
        let found = inspected(&tree);
        assert!(found.for_nobody && !found.always, "{tree}");
    }
}

#[test]
fn null_tests_of_columns_are_no_hole_for_nobody() {
    let own = equal(&column(2), &user_id());
    for tree in [
        combined("or", &[&is_null(&column(2)), &own]),
        combined("and", &[&is_null(&column(4)), &own]),
        combined(
            "and",
            &[
                &own,
                &combined("or", &[&is_null(&org_id()), &equal(&column(3), &org_id())]),
            ],
        ),
        is_not_null(&user_id()),
    ] {
        assert!(!inspected(&tree).for_nobody, "{tree}");
    }
}

#[test]
fn a_user_without_an_organization_sees_all_through_an_or() {
    let in_org = combined("or", &[&is_null(&org_id()), &equal(&column(3), &org_id())]);
    let found = inspected(&combined("and", &[&is_not_null(&user_id()), &in_org]));
    assert!(found.without_organization && !found.for_nobody && !found.for_every_user);
    assert!(!inspected(&equal(&column(3), &org_id())).without_organization);
}

#[test]
fn being_signed_in_is_enough_for_every_user_alone() {
    let found = inspected(&is_not_null(&user_id()));
    assert!(found.for_every_user && !found.for_nobody && !found.always);
    assert!(!inspected(&call(9004, 16, &[&text("org:admin")])).for_every_user);
}

#[test]
fn columns_are_pinned_by_every_branch_of_an_or_and_by_any_part_of_an_and() {
    let user = equal(&column(2), &user_id());
    let org = equal(&column(3), &org_id());
    let both = inspected(&combined("and", &[&user, &org]));
    assert_eq!(both.pinned_columns, Some(numbers(&[2, 3])));
    assert_eq!(both.index_groups, [numbers(&[2, 3])]);
    let either = inspected(&combined("or", &[&user, &org]));
    assert_eq!(either.pinned_columns, Some(numbers(&[])));
    assert_eq!(either.owner_columns, numbers(&[2, 3]));
    assert_eq!(either.index_groups, [numbers(&[2]), numbers(&[3])]);
    let public = inspected(&combined("or", &[&user, &column(5)]));
    assert!(public.index_groups.is_empty());
    assert_eq!(inspected(&boolean(false)).pinned_columns, None);
    assert_eq!(inspected(&boolean(true)).pinned_columns, Some(numbers(&[])));
    let member = inspected(&exists(&combined(
        "and",
        &[&equal(&column(3), &text("x")), &is_not_null(&user_id())],
    )));
    assert_eq!(member.pinned_columns, Some(numbers(&[3])));
}

#[test]
fn loose_comparisons_are_told() {
    assert_eq!(
        inspected(&compared(TEXT_EQUALS, 666, &column(2), &user_id())).loosely_compared,
        numbers(&[2])
    );
    let padded = "{FUNCEXPR :funcid 401 :funcresulttype 25 :funcformat 2 :args ({VAR :varno 1 :varattno 4 :vartype 1042 :varlevelsup 0})}";
    let found = inspected(&equal(padded, &user_id()));
    assert_eq!(found.loosely_compared, numbers(&[4]));
    assert!(found.index_groups.is_empty());
    assert!(inspected(&equal(&column(2), &user_id()))
        .loosely_compared
        .is_empty());
}

#[test]
fn claims_that_are_parsed_for_each_row_are_told_from_those_that_are_not() {
    let directly = inspected(&equal(&column(2), &claim("sub")));
    assert!(directly.parses && directly.parsing_functions.is_empty());
    let by_a_function = inspected(&equal(&column(2), &call(GUIDE, 25, &[])));
    assert!(!by_a_function.parses);
    assert_eq!(
        by_a_function.parsing_functions.into_iter().collect::<Vec<_>>(),
        [GUIDE]
    );
    for once in [
        sub_select(&claim("sub")),
        sub_select(&call(GUIDE, 25, &[])),
        user_id(),
    ] {
        let found = inspected(&equal(&column(2), &once));
        assert!(!found.parses && found.parsing_functions.is_empty());
    }
}

#[test]
fn claims_that_the_user_writes_and_keys_with_dots_are_found() {
    let found = inspected(&equal(&column(2), &nested_claim("user_metadata", "team")));
    assert_eq!(found.written_by_the_user, ["user_metadata"]);
    assert!(found.dotted_keys.is_empty());
    assert_eq!(
        inspected(&equal(&column(2), &claim("o.id"))).dotted_keys,
        ["o.id"]
    );
    for name in ["https://example.com/roles", "sub", "a b.c", "o..id", ".", "1.2"] {
        assert!(
            inspected(&equal(&column(2), &claim(name))).dotted_keys.is_empty(),
            "{name}"
        );
    }
    assert!(inspected(&equal(&column(2), &text("user_metadata")))
        .written_by_the_user
        .is_empty());
}

#[test]
fn a_subject_as_a_uuid_is_found_in_a_function_too() {
    for tree in [
        as_uuid(&claim("sub")),
        call(AUTH_UID, 2950, &[]),
        as_text(&call(AUTH_UID, 2950, &[])),
    ] {
        assert!(inspected(&equal(&column(2), &tree)).subject_as_uuid, "{tree}");
    }
    assert!(!inspected(&equal(&column(2), &as_uuid(&claim("tenant")))).subject_as_uuid);
}

#[test]
fn functions_that_cannot_be_read_perhaps_ask() {
    assert_eq!(inspected(&call(PLPGSQL, 16, &[&column(1)])).asks, Asks::Perhaps);
    assert_eq!(inspected(&call(RECURSIVE, 25, &[])).asks, Asks::Perhaps);
    assert_eq!(inspected(&equal(&column(1), &text("x"))).asks, Asks::No);
}

#[test]
fn the_words_of_a_procedural_function_tell_that_it_asks() {
    let found = inspected(&call(WORDS, 16, &[]));
    assert_eq!(found.asks, Asks::Yes);
    assert_eq!(found.parsing_functions.into_iter().collect::<Vec<_>>(), [WORDS]);
    assert_eq!(
        rewritten(&call(WORDS, 16, &[]), Purpose::NativeReaders),
        ["once {FUNCEXPR"]
    );
    assert_eq!(
        rewritten(&call(WORDS, 16, &[&column(1)]), Purpose::NativeReaders),
        [""; 0]
    );
    assert_eq!(
        rewritten(&sub_select(&call(WORDS, 16, &[])), Purpose::NativeReaders),
        [""; 0]
    );
    let layout = Layout::default();
    assert_eq!(
        inspect_function(WORDS, &mut Database, &layout)
            .unwrap()
            .map(|found| found.asks),
        Some(Asks::Yes)
    );
}

fn rewritten(tree: &str, purpose: Purpose) -> Vec<String> {
    let layout = Layout::preset(Provider::Clerk);
    let found = rewrite(tree, &mut Database, &layout, purpose).expect("a readable tree");
    let told = found.into_iter().map(|(span, replacement)| match replacement {
        Replacement::Sql(sql) => sql,
        Replacement::Once => format!("once {}", &tree[span][..9]),
    });
    told.collect()
}

#[test]
fn parsed_claims_become_readers() {
    let tree = |asker: &str| equal(&column(2), asker);
    assert_eq!(
        rewritten(&tree(&claim("sub")), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&tree(&null_if_empty(&claim("sub"))), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&tree(&nested_claim("o", "id")), Purpose::NativeReaders),
        ["requesting_org_id()"]
    );
    assert_eq!(
        rewritten(&tree(&claim("te'am")), Purpose::NativeReaders),
        ["requesting_claim('te''am')"]
    );
    assert_eq!(
        rewritten(&tree(&call(GUIDE, 25, &[])), Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    assert_eq!(rewritten(&tree(&user_id()), Purpose::NativeReaders), [""; 0]);
    // `o.rol` has no prefix, so the reader's answer is another one.
    assert_eq!(
        rewritten(&tree(&nested_claim("o", "rol")), Purpose::NativeReaders),
        ["requesting_claim('o', 'rol')"]
    );
}

#[test]
fn each_purpose_replaces_its_own() {
    let metadata = equal(&column(2), &nested_claim("user_metadata", "team"));
    assert_eq!(
        rewritten(&metadata, Purpose::TrustedMetadata),
        ["requesting_claim('app_metadata', 'team')"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &claim("o.id")), Purpose::SplitKeys),
        ["requesting_org_id()"]
    );
    let uid = call(AUTH_UID, 2950, &[]);
    assert_eq!(
        rewritten(&equal(&column(2), &uid), Purpose::UserIds),
        ["requesting_user_uuid()"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &as_text(&uid)), Purpose::UserIds),
        ["requesting_user_id()"]
    );
    assert_eq!(
        rewritten(&equal(&column(2), &as_text(&sub_select(&uid))), Purpose::UserIds),
        ["requesting_user_id()"]
    );
}

#[test]
fn a_function_is_a_reader_only_if_it_answers_the_same() {
    let layout = Layout::preset(Provider::Clerk);
    let equivalent = |oid| {
        inspect_function(oid, &mut Database, &layout)
            .unwrap()
            .and_then(|found| found.equivalent)
    };
    assert_eq!(equivalent(GUIDE).as_deref(), Some("requesting_user_id"));
    assert_eq!(equivalent(AUTH_UID).as_deref(), Some("requesting_user_uuid"));
    assert_eq!(equivalent(PLPGSQL), None);
    assert_eq!(equivalent(RECURSIVE), None);
    // Another provider's users lie elsewhere.
    let elsewhere = Layout::preset(Provider::Generic)
        .with_claim_map(r#"{"user_id": ["userId"]}"#)
        .unwrap();
    assert_eq!(
        inspect_function(GUIDE, &mut Database, &elsewhere)
            .unwrap()
            .unwrap()
            .equivalent,
        None
    );
}

#[test]
fn the_parts_that_ask_are_shown_whole() {
    let tree = combined(
        "and",
        &[
            &equal(&column(2), &sub_select(&user_id())),
            &call(9004, 16, &[&text("org:x")]),
        ],
    );
    let told: Vec<&str> = inspected(&tree)
        .askers
        .into_iter()
        .map(|span| &tree[span])
        .collect();
    assert_eq!(told, [sub_select(&user_id()), call(9004, 16, &[&text("org:x")])]);
}

#[test]
fn a_tree_beyond_the_bounds_is_unreadable() {
    let deep =
        (0..crate::limits::MAX_TREE_DEPTH).fold(boolean(true), |inside, _| combined("not", &[&inside]));
    assert_eq!(inspect(&deep, &mut Database), Err(Unreadable));
    assert_eq!(inspect("{VAR", &mut Database), Err(Unreadable));
    assert_eq!(inspect("<>", &mut Database), Err(Unreadable));
    let many: Vec<String> = (0..30)
        .map(|number| equal(&column(number), &column(number + 1)))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(!inspected(&combined("or", &many)).always);
}

#[test]
fn nested_calls_do_not_grow_without_bound() {
    let nested = |depth| (0..depth).fold(column(1), |inside, _| call(TWICE, 16, &[&inside]));
    assert!(inspect(&nested(4), &mut Database).is_ok());
    assert_eq!(inspect(&nested(40), &mut Database), Err(Unreadable));
}

#[test]
fn rights_and_memberships_pin_what_being_signed_in_does_not() {
    let own = equal(&column(2), &user_id());
    let gate = call(9004, 16, &[&text("org:admin")]);
    assert_eq!(inspected(&gate).pinned_columns, None);
    assert_eq!(
        inspected(&combined("or", &[&own, &gate])).pinned_columns,
        Some(numbers(&[2]))
    );
    assert_eq!(
        inspected(&is_not_null(&user_id())).pinned_columns,
        Some(numbers(&[]))
    );
    let public = inspected(&combined("or", &[&own, &column(5)]));
    assert_eq!(public.pinned_columns, Some(numbers(&[])));
}

#[test]
fn the_role_of_whoever_is_signed_in_is_no_condition() {
    let role = |name: &str| equal(&claim("role"), &text(name));
    assert!(inspected(&role("authenticated")).for_every_user);
    assert!(inspected(&combined("not", &[&role("anon")])).for_every_user);
    assert!(!inspected(&role("admin")).for_every_user);
    assert!(!inspected(&role("authenticated")).always);
    let database_role = "{SQLVALUEFUNCTION :op 10 :type 19}";
    let name: String = "authenticated"
        .bytes()
        .chain(std::iter::repeat_n(0, 51))
        .map(|byte| format!("{byte} "))
        .collect();
    let name = format!("{{CONST :consttype 19 :constisnull false :constvalue 64 [ {name}]}}");
    assert!(inspected(&equal(database_role, &name)).for_every_user);
}

#[test]
fn a_column_that_is_compared_with_itself_is_told_wherever_it_is() {
    let inner = |number: i16| format!("{{VAR :varno 1 :varattno {number} :vartype 25 :varlevelsup 0}}");
    let shadowed = |right: &str| {
        let condition = equal(&inner(3), right);
        format!("{{SUBLINK :subLinkType 0 :testexpr <> :subselect {{QUERY :commandType 1 :rtable ({{RANGETBLENTRY :relid 5}}) :jointree {{FROMEXPR :fromlist ({{RANGETBLREF :rtindex 1}}) :quals {condition}}} :targetList <>}}}}")
    };
    assert!(inspected(&shadowed(&inner(3))).compares_with_itself);
    assert!(!inspected(&shadowed(&inner(4))).compares_with_itself);
    assert!(
        !inspected(&shadowed(&inner(3).replace(":varlevelsup 0", ":varlevelsup 1"))).compares_with_itself
    );
}

#[test]
fn a_reader_takes_no_place_where_its_null_lets_more_be_seen() {
    let not_readonly = combined(
        "not",
        &[&equal(&coalesce(&[&claim("role"), &text("")]), &text("readonly"))],
    );
    assert_eq!(
        rewritten(&not_readonly, Purpose::NativeReaders),
        ["once {OPEXPR :"]
    );
    let nobody = combined("or", &[&is_null(&claim("sub")), &equal(&column(2), &text("x"))]);
    assert_eq!(rewritten(&nobody, Purpose::NativeReaders), ["once {OPEXPR :"]);
    let published = combined("or", &[&column(5), &equal(&column(2), &claim("sub"))]);
    assert_eq!(
        rewritten(&published, Purpose::NativeReaders),
        ["requesting_user_id()"]
    );
    let negative = combined("not", &[&equal(&column(2), &call(GUIDE, 25, &[]))]);
    assert!(inspected(&negative).opened_by.is_empty());
    let opened = is_null(&call(GUIDE, 25, &[]));
    assert_eq!(
        inspected(&opened).opened_by.into_iter().collect::<Vec<_>>(),
        [GUIDE]
    );
}

#[test]
fn what_may_differ_from_row_to_row_is_not_computed_once() {
    assert_eq!(
        rewritten(&call(WORDS, 16, &[]), Purpose::NativeReaders),
        ["once {FUNCEXPR"]
    );
    assert_eq!(
        rewritten(&call(VOLATILE, 16, &[]), Purpose::NativeReaders),
        [""; 0]
    );
}

#[test]
fn no_rewriting_opens_a_policy() {
    let uid = call(AUTH_UID, 2950, &[]);
    assert_eq!(rewritten(&is_null(&uid), Purpose::UserIds), [""; 0]);
    let suspended = nested_claim("user_metadata", "suspended");
    let open = combined(
        "not",
        &[&equal(&coalesce(&[&suspended, &text("")]), &text("true"))],
    );
    assert_eq!(rewritten(&open, Purpose::TrustedMetadata), [""; 0]);
}

#[test]
fn work_is_bounded_whatever_the_expression() {
    // Each is true in both of its cases, so all combinations would have to be tried.
    let either: Vec<String> = (0..40)
        .map(|number| combined("or", &[&is_null(&column(number)), &is_not_null(&column(number))]))
        .collect();
    let either: Vec<&str> = either.iter().map(String::as_str).collect();
    assert_eq!(inspect(&combined("and", &either), &mut Database), Err(Unreadable));
    assert!(inspect(&combined("and", &either[..8]), &mut Database).is_ok());
}
