-- What the tests of lint() are written with. Each case builds a schema, asks the linter, and takes all of it back:
--     lint_case.bad(rule, case, schema)     finds the rule once and nothing else, and the fix mends it
--     lint_case.good(rule, case, schema)    does not find the rule
-- What was found in the database before does not count. A line that begins with "ok" is right, any other is not.
--
-- With a probe, bad() also runs that query as the role authenticated, before the fix and after it: a finding is
-- about something that happens.
CREATE SCHEMA lint_case;
SET client_min_messages = error; -- CREATE PUBLICATION warns of wal_level
\pset format unaligned
\pset tuples_only on
\pset pager off

CREATE TYPE lint_case.finding AS (rule text, level text, object text, finding text, fix text);
CREATE FUNCTION lint_case.findings() RETURNS lint_case.finding[] LANGUAGE sql
    RETURN ARRAY(SELECT (l.rule, l.level, l.object, l.finding, l.fix)::lint_case.finding FROM clerk_rls.lint() AS l);

CREATE FUNCTION lint_case.probe(query text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    PERFORM set_config('request.jwt.claims', '{"sub":"user_red"}', true);
    BEGIN
        IF query ~ '^(SELECT|INSERT|WITH)' THEN
            EXECUTE query INTO answer;
        ELSE
            EXECUTE query;
            answer := 'done';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        answer := SQLERRM;
    END;
    RESET ROLE;
    RETURN coalesce(answer, 'NULL');
END
$$;

-- others: rules that the schema breaks besides, for good reason.
CREATE FUNCTION lint_case.bad(the_rule text, the_case text, schema text, others text[] DEFAULT '{}', probe text DEFAULT NULL, role text DEFAULT 'authenticated',
    level text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before lint_case.finding[] := lint_case.findings();
    found lint_case.finding[];
    mended lint_case.finding[];
    it lint_case.finding;
    rules text[];
    probed text;
    probed_mended text;
BEGIN
    BEGIN
        EXECUTE schema;
        found := ARRAY(SELECT f FROM unnest(lint_case.findings()) AS f WHERE (f.rule, f.object) NOT IN (SELECT b.rule, b.object FROM unnest(before) AS b));
        it := (SELECT f FROM unnest(found) AS f WHERE f.rule = the_rule LIMIT 1);
        rules := ARRAY(SELECT f.rule FROM unnest(found) AS f ORDER BY 1);
        IF probe IS NOT NULL THEN
            probed := lint_case.probe(probe, role);
        END IF;
        EXECUTE it.fix;
        mended := lint_case.findings();
        IF probe IS NOT NULL THEN
            probed_mended := lint_case.probe(probe, role);
        END IF;
        RAISE SQLSTATE 'CASE1';
    EXCEPTION
        WHEN SQLSTATE 'CASE1' THEN NULL;
        WHEN OTHERS THEN
            RETURN NEXT format('NOT OK %s: %s: %s', the_rule, the_case, SQLERRM);
            RETURN NEXT found::text;
            RETURN;
    END;
    RETURN NEXT concat_ws(': ',
        CASE WHEN rules IS DISTINCT FROM ARRAY(SELECT r FROM unnest(others || the_rule) AS r ORDER BY 1) THEN format('NOT OK, found %s', rules)
            WHEN level <> it.level THEN format('NOT OK, level %s', it.level)
            WHEN EXISTS (SELECT FROM unnest(mended) AS f WHERE f.rule = the_rule AND f.object = it.object) THEN 'NOT OK, the fix does not mend it'
            WHEN EXISTS (SELECT f.rule, f.object FROM unnest(mended) AS f WHERE f.level = 'error' EXCEPT SELECT f.rule, f.object FROM unnest(found || before) AS f) THEN 'NOT OK, the fix makes an error'
            ELSE 'ok' END,
        the_rule, the_case);
    RETURN NEXT format('   %s, %s: %s', it.level, it.object, it.finding);
    RETURN NEXT '   ' || replace(it.fix, E'\n', E'\n   ');
    IF probe IS NOT NULL THEN
        RETURN NEXT format('   %s: %s, then %s', role, probed, probed_mended);
    END IF;
END
$$;

CREATE FUNCTION lint_case.good(the_rule text, the_case text, schema text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before lint_case.finding[] := lint_case.findings();
    found lint_case.finding[];
BEGIN
    BEGIN
        EXECUTE schema;
        found := ARRAY(SELECT f FROM unnest(lint_case.findings()) AS f
            WHERE f.rule = the_rule AND (f.rule, f.object) NOT IN (SELECT b.rule, b.object FROM unnest(before) AS b));
        RAISE SQLSTATE 'CASE1';
    EXCEPTION
        WHEN SQLSTATE 'CASE1' THEN NULL;
        WHEN OTHERS THEN
            RETURN NEXT format('NOT OK %s: %s: %s', the_rule, the_case, SQLERRM);
            RETURN;
    END;
    RETURN NEXT concat_ws(': ', CASE WHEN found = '{}' THEN 'ok' ELSE 'NOT OK, found ' || found::text END, the_rule, 'not ' || the_case);
END
$$;
