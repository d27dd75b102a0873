-- What a role with a schema of its own and CREATE on public leaves behind, each object to be run by somebody else's
-- call. Whatever runs says so in the server's log, with the role that it ran as, and tries to get out.
\set QUIET on
SET client_min_messages = error;
SET check_function_bodies = off;
SET request.jwt.claims = '{}';

CREATE FUNCTION m.attack(label text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    attempt text;
BEGIN
    IF session_user OPERATOR(pg_catalog.=) 'mallory' THEN
        RETURN true;
    END IF;
    RAISE LOG 'attack % ran as %', label, current_user;
    -- What an attempt changes may have the next one call this again.
    IF pg_catalog.current_setting('app.attacking', true) OPERATOR(pg_catalog.=) 'yes' THEN
        RETURN true;
    END IF;
    PERFORM pg_catalog.set_config('app.attacking', 'yes', true);
    FOREACH attempt IN ARRAY ARRAY[
        'SET ROLE postgres', 'RESET ROLE', 'SET SESSION AUTHORIZATION postgres', 'RESET SESSION AUTHORIZATION',
        'SELECT pg_catalog.set_config(''role'', ''none'', false)', 'SELECT pg_catalog.set_config(''role'', ''postgres'', true)',
        'SELECT pg_catalog.set_config(''search_path'', ''m, pg_catalog, public'', false)',
        'SELECT pg_catalog.set_config(''row_security'', ''off'', false)',
        'SELECT pg_catalog.set_config(''transaction_read_only'', ''off'', false)',
        'SELECT pg_catalog.set_config(''default_transaction_read_only'', ''on'', false)',
        'SELECT pg_catalog.set_config(''standard_conforming_strings'', ''off'', false)',
        'SELECT pg_catalog.set_config(''quote_all_identifiers'', ''on'', false)',
        'SELECT pg_catalog.set_config(''check_function_bodies'', ''off'', false)',
        'SELECT pg_catalog.set_config(''lock_timeout'', ''1ms'', false)',
        'SELECT pg_catalog.set_config(''request.jwt.claims'', ''{"sub":"user_forged"}'', false)',
        'SELECT pg_catalog.set_config(''app.left_behind'', ''yes'', false)',
        'SELECT clerk_rls.act_as(''user_forged'')',
        'SELECT clerk_rls.deauthenticate()',
        'ALTER ROLE mallory SUPERUSER', 'GRANT postgres TO mallory',
        'CREATE TEMP TABLE left_behind (a int)', 'PREPARE left_behind AS SELECT 1', 'LISTEN left_behind',
        'DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1', 'CREATE TABLE m.left_behind (a int)',
        'SET CONSTRAINTS ALL DEFERRED', 'SET TRANSACTION READ WRITE']
    LOOP
        BEGIN
            EXECUTE attempt;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
        IF (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) current_user) THEN
            RAISE LOG 'attack % ran as %, after %', label, current_user, attempt;
        END IF;
    END LOOP;
    PERFORM pg_catalog.set_config('app.attacking', 'no', true);
    RETURN true;
END
$$;
CREATE FUNCTION m.fixed(label text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM m.attack(label); RETURN 'x'; END $$;
CREATE FUNCTION m.fixed_true(label text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN m.attack(label); END $$;

-- types: domains with checks, arrays and rows of them, an enumeration, a range, names of PostgreSQL's own
CREATE DOMAIN m.dom AS text CHECK (m.attack('domain'));
CREATE DOMAIN m.folded AS text CHECK (VALUE IS NULL OR VALUE <> m.fixed('check_folded') OR true);
CREATE TYPE m.pair AS (a m.dom, b text);
CREATE DOMAIN m.pair_dom AS m.pair CHECK (m.attack('domain_of_row'));
CREATE TYPE m.colour AS ENUM ('red', 'blue');
CREATE FUNCTION m.diff(a int, b int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM m.attack('subtype_diff'); RETURN 1; END $$;
CREATE TYPE m.span AS RANGE (subtype = int, subtype_diff = m.diff);
DO $$
DECLARE
    name text;
BEGIN
    -- Where a name is not qualified and the path is the attacker's, these are found.
    FOREACH name IN ARRAY ARRAY['text', 'jsonb', 'json', 'regclass', 'oid', 'name', 'uuid', 'varchar', 'bool'] LOOP
        EXECUTE pg_catalog.format('CREATE DOMAIN m.%I AS pg_catalog.text CHECK (m.attack(%L))', name, 'type_' || name);
        EXECUTE pg_catalog.format('CREATE DOMAIN public.%I AS pg_catalog.text CHECK (m.attack(%L))', name, 'public_type_' || name);
    END LOOP;
END
$$;

-- operators and functions of well-known names, in the attacker's schema and in public
DO $$
DECLARE
    operator text;
    type text;
    schema text;
BEGIN
    FOREACH schema IN ARRAY ARRAY['m', 'public'] LOOP
        FOREACH type IN ARRAY ARRAY['jsonb', 'text', 'name', 'oid', 'int4', 'bool', '"char"', 'regclass', 'jsonb[]', 'text[]'] LOOP
            EXECUTE pg_catalog.format('CREATE FUNCTION %s.same(a pg_catalog.%s, b pg_catalog.%s) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $f$ BEGIN RETURN m.attack(%L); END $f$',
                schema, type, type, 'operator_' || schema || '_' || type);
            FOREACH operator IN ARRAY ARRAY['=', '<>', '||', '->', '->>', '~', '@>', '<', '-', '~~'] LOOP
                BEGIN
                    EXECUTE pg_catalog.format('CREATE OPERATOR %s.%s (FUNCTION = %s.same, LEFTARG = pg_catalog.%s, RIGHTARG = pg_catalog.%s)', schema, operator, schema, type, type);
                EXCEPTION WHEN OTHERS THEN
                    NULL;
                END;
            END LOOP;
        END LOOP;
        EXECUTE pg_catalog.format($f$
            CREATE FUNCTION %1$s.format(a pg_catalog.text, VARIADIC b pg_catalog.text[]) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_format'); RETURN a; END $g$;
            CREATE FUNCTION %1$s.quote_ident(a pg_catalog.name) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_quote_ident'); RETURN a; END $g$;
            CREATE FUNCTION %1$s.current_setting(a pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_current_setting'); RETURN a; END $g$;
            CREATE FUNCTION %1$s.set_config(a pg_catalog.text, b pg_catalog.text, c pg_catalog.bool) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_set_config'); RETURN a; END $g$;
            CREATE FUNCTION %1$s.jsonb_build_object(a pg_catalog.text, b pg_catalog.text) RETURNS pg_catalog.jsonb LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_jsonb_build_object'); RETURN '{}'; END $g$;
            CREATE FUNCTION %1$s.pg_get_expr(a pg_node_tree, b pg_catalog.oid) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_pg_get_expr'); RETURN ''; END $g$;
            CREATE FUNCTION %1$s.array_append(a pg_catalog.text[], b pg_catalog.text) RETURNS pg_catalog.text[] LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_array_append'); RETURN a; END $g$;
            CREATE FUNCTION %1$s.unnest(a pg_catalog.text[]) RETURNS SETOF pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('function_unnest'); RETURN; END $g$;
            CREATE FUNCTION %1$s.has_table_privilege(a pg_catalog.oid, b pg_catalog.oid, c pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $g$ BEGIN RETURN m.attack('function_has_table_privilege'); END $g$;
            CREATE FUNCTION %1$s.requesting_user_id(a pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('overload_requesting_user_id'); RETURN 'x'; END $g$;
            CREATE FUNCTION %1$s.requesting_claim(a pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('overload_requesting_claim'); RETURN 'x'; END $g$;
            CREATE FUNCTION %1$s.requesting_claim(a pg_catalog.text, b pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $g$ BEGIN PERFORM m.attack('overload_requesting_claim_2'); RETURN 'x'; END $g$;
        $f$, schema);
    END LOOP;
    CREATE FUNCTION public.requesting_user_has(permission pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $f$ BEGIN RETURN m.attack('overload_requesting_user_has'); END $f$;
END
$$;

-- casts of the attacker's own types
CREATE TYPE m.castable AS (a int);
CREATE FUNCTION m.to_text(m.castable) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$ BEGIN PERFORM m.attack('cast_to_text'); RETURN 'x'; END $$;
CREATE FUNCTION m.to_bool(m.castable) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$ BEGIN RETURN m.attack('cast_to_boolean'); END $$;
CREATE CAST (m.castable AS pg_catalog.text) WITH FUNCTION m.to_text(m.castable) AS IMPLICIT;
CREATE CAST (m.castable AS pg_catalog.bool) WITH FUNCTION m.to_bool(m.castable) AS IMPLICIT;

-- functions whose bodies are looked into
CREATE FUNCTION m.me() RETURNS pg_catalog.text LANGUAGE sql STABLE AS $$ SELECT pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub' $$;
CREATE FUNCTION m.me_pinned() RETURNS pg_catalog.text LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' WHERE '{a}'::m.dom[] IS NOT NULL $$;
CREATE FUNCTION m.me_uuid() RETURNS pg_catalog.uuid LANGUAGE sql STABLE AS $$ SELECT (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub')::pg_catalog.uuid $$;
CREATE FUNCTION m.literal_array() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT '{literal}'::m.dom[] IS NOT NULL AND pg_catalog.current_setting('request.jwt.claims', true) IS NOT NULL $$;
CREATE FUNCTION m.literal_row() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT '(a,b)'::m.pair IS NOT NULL AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_typed() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT m.pair '(a,b)' IS NOT NULL AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_in_path() RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = m AS $$ SELECT '{a}'::text[] IS NOT NULL AND '{"(a,b)"}'::pair[] IS NOT NULL AND me() IS NOT NULL $$;
CREATE FUNCTION m.takes(a m.dom[]) RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_argument() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT m.takes('{argument}') $$;
CREATE FUNCTION m.literal_compared(a m.dom[]) RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT a = '{compared}' AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_in_list(a m.dom[]) RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT a IN ('{b}', '{c}') AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_distinct(a m.dom[]) RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT a IS DISTINCT FROM '{distinct}' AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_case(a m.dom[]) RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT CASE a WHEN '{a}' THEN true END AND coalesce(a, '{b}') IS NOT NULL AND nullif(a, '{c}') IS NOT NULL AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_cycle() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$
    WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n OPERATOR(pg_catalog.+) 1 FROM r WHERE n OPERATOR(pg_catalog.<) 3) CYCLE n SET is_cycle TO m.pair '(a,b)' DEFAULT m.pair '(c,d)' USING path
    SELECT pg_catalog.count(*) > 0 AND m.me() IS NOT NULL FROM r $$;
CREATE FUNCTION m.literal_values() RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT EXISTS (SELECT FROM (VALUES ('{a}'::m.dom[]), ('{b}')) AS v (a)) AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_union() RETURNS pg_catalog.bool LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT EXISTS (SELECT NULL::m.pair UNION ALL SELECT '(a,b)') AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_parameter(a m.pair DEFAULT '(d,e)') RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT a IS NULL AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_number() RETURNS pg_catalog.bool LANGUAGE sql STABLE AS $$ SELECT $1048577 = 'x' AND $1048576::m.dom[] IS NULL AND m.me() IS NOT NULL $$;
CREATE FUNCTION m.literal_insert() RETURNS pg_catalog.bool LANGUAGE sql AS $$ INSERT INTO m.literals VALUES ('{inserted}'); SELECT m.me() IS NOT NULL $$;
CREATE FUNCTION m.definer() RETURNS pg_catalog.bool LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN m.attack('security_definer'); END $$;
CREATE FUNCTION m.definer_sql() RETURNS pg_catalog.bool LANGUAGE sql SECURITY DEFINER AS $$ SELECT m.attack('security_definer_sql') $$;
CREATE FUNCTION m.immutable() RETURNS pg_catalog.text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub' $$;
CREATE FUNCTION m.standard() RETURNS pg_catalog.bool LANGUAGE sql STABLE RETURN m.me() IS NOT NULL;
CREATE FUNCTION m.words() RETURNS pg_catalog.text LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM m.attack('words'); RETURN pg_catalog.current_setting('request.jwt.claims', true); END $$;
CREATE PROCEDURE m.procedure() LANGUAGE plpgsql AS $$ BEGIN PERFORM m.attack('procedure'); END $$;
CREATE FUNCTION m.trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM m.attack('trigger_' || TG_NAME); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION m."odd'); ALTER ROLE mallory SUPERUSER; --"() RETURNS pg_catalog.text LANGUAGE sql STABLE AS $$ SELECT m.me() $$;

-- tables: each with a policy, a default, a check, an index or a trigger that runs something
CREATE FUNCTION m.make(name pg_catalog.text, expression pg_catalog.text, columns pg_catalog.text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE pg_catalog.format('CREATE TABLE m.%I (id int, user_id pg_catalog.text%s)', name, columns);
    EXECUTE pg_catalog.format('INSERT INTO m.%I (id, user_id) VALUES (1, ''user_red''), (2, ''user_blue'')', name);
    EXECUTE pg_catalog.format('ALTER TABLE m.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE pg_catalog.format('CREATE POLICY p ON m.%I TO authenticated USING (%s)', name, expression);
    EXECUTE pg_catalog.format('GRANT ALL ON m.%I TO authenticated', name);
END
$$;
SELECT m.make('p_plain', $$m.attack('policy')$$);
SELECT m.make('p_owner', $$user_id = m.me() AND m.attack('policy_owner')$$);
SELECT m.make('p_folded', $$user_id <> m.fixed('policy_folded')$$);
SELECT m.make('p_path', $$pg_catalog.set_config('search_path', 'm, pg_catalog', false) IS NOT NULL AND m.attack('policy_path')$$);
SELECT m.make('p_role', $$pg_catalog.set_config('app.x', 'y', false) IS NOT NULL OR m.attack('policy_setting')$$);
SELECT m.make('p_operator', $$user_id OPERATOR(m.=) 'x'::pg_catalog.text$$);
SELECT m.make('p_operator_public', $$user_id OPERATOR(public.=) 'x'::pg_catalog.text$$);
SELECT m.make('p_jsonb', $$'{}'::pg_catalog.jsonb OPERATOR(m.||) '{}'::pg_catalog.jsonb$$);
SELECT m.make('p_cast', $$ROW(id)::m.castable::pg_catalog.bool$$);
SELECT m.make('p_cast_text', $$ROW(id)::m.castable::pg_catalog.text IS NOT NULL$$);
SELECT m.make('p_domain', $$user_id::m.dom IS NOT NULL AND m.attack('policy_domain')$$);
SELECT m.make('p_domain_array', $$'{policy}'::m.dom[] IS NOT NULL AND user_id = m.me()$$);
SELECT m.make('p_row', $$'(a,b)'::m.pair IS NOT NULL AND user_id = m.me()$$);
SELECT m.make('p_range', $$'[1,5)'::m.span @> id$$);
SELECT m.make('p_enum', $$'red'::m.colour = 'red'$$);
SELECT m.make('p_definer', 'm.definer()');
SELECT m.make('p_definer_sql', 'm.definer_sql()');
SELECT m.make('p_words', 'user_id = m.words()');
SELECT m.make('p_uuid', $$user_id = m.me_uuid()::pg_catalog.text$$);
SELECT m.make('p_metadata', $$user_id = pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.jsonb OPERATOR(pg_catalog.->) 'user_metadata' OPERATOR(pg_catalog.->>) 'team' AND m.attack('policy_metadata')$$);
SELECT m.make('p_dotted', $$user_id = pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'team.id' AND m.attack('policy_dotted')$$);
SELECT m.make('p_odd', $$user_id = m."odd'); ALTER ROLE mallory SUPERUSER; --"()$$);
SELECT m.make('p_reader', $$user_id = public.requesting_user_id() AND m.attack('policy_reader')$$);
SELECT m.make('p_becoming', $$m.attack('policy_becoming') AND (SELECT clerk_rls.act_as('user_blue', role => 'authenticated')) IS NULL$$);
SELECT m.make(name, pg_catalog.format('m.%I(%s) AND user_id = m.me()', name, argument))
FROM (VALUES ('literal_array', ''), ('literal_row', ''), ('literal_typed', ''), ('literal_in_path', ''), ('literal_argument', ''), ('literal_cycle', ''),
    ('literal_values', ''), ('literal_union', ''), ('literal_number', ''), ('literal_parameter', ''), ('standard', ''), ('literal_compared', 'NULL'), ('literal_in_list', 'NULL'),
    ('literal_distinct', 'NULL'), ('literal_case', 'NULL')) AS f (name, argument);
CREATE TABLE m.literals (a m.dom[]);
SELECT m.make('p_me_pinned', 'user_id = m.me_pinned()');
SELECT m.make('p_immutable', 'user_id = m.immutable()');
SELECT m.make('p_insert', 'm.literal_insert()');
SELECT m.make('d_default', 'user_id = m.me()', $$, a pg_catalog.text DEFAULT m.fixed('default'), b m.dom[] DEFAULT '{default}', c pg_catalog.uuid DEFAULT m.me_uuid()$$);
CREATE TABLE m.d_owner_default (id int, user_id pg_catalog.text DEFAULT m.fixed('owner_default'));
SELECT m.make('d_uuid_default', 'user_id = m.me()', $$, owner pg_catalog.uuid DEFAULT (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub')::pg_catalog.uuid, e m.dom[] DEFAULT '{x}'$$);
SELECT m.make('d_generated', 'user_id = m.me()', $$, a pg_catalog.text GENERATED ALWAYS AS (m.fixed('generated')) STORED$$);
SELECT m.make('c_check', 'user_id = m.me()', $$, CHECK (m.attack('check')), CHECK (user_id <> m.fixed('check_of_owner'))$$);
SELECT m.make('c_domain_column', 'd = m.me()', $$, d m.dom DEFAULT 'x', e m.pair DEFAULT '(a,b)', f m.pair_dom$$);
SELECT m.make('i_expression', 'user_id = m.me()', ', email pg_catalog.text');
CREATE INDEX ON m.i_expression (m.fixed('index_expression'));
CREATE INDEX ON m.i_expression (id) WHERE m.fixed_true('index_predicate');
CREATE UNIQUE INDEX unique_expression ON m.i_expression (email, m.fixed('unique_expression'), ('{a}'::m.dom[])) WHERE m.fixed_true('unique_predicate');
SELECT m.make('i_unique', 'user_id = m.me()', ', email pg_catalog.text UNIQUE, CHECK (m.attack(''check_of_unique''))');
SELECT m.make('i_exclusion', 'user_id = m.me()', ', s m.span, EXCLUDE USING gist (s WITH &&)');
INSERT INTO m.i_exclusion (id, s) SELECT n, pg_catalog.int4range(n * 10, n * 10 + 5)::pg_catalog.text::m.span FROM pg_catalog.generate_series(1, 300) AS n;
CREATE TABLE m.o_char (id int, user_id pg_catalog.bpchar(20), CHECK (m.attack('check_of_char')), CHECK (user_id <> m.fixed('check_of_char_owner')));
INSERT INTO m.o_char VALUES (1, 'user_red');
CREATE INDEX ON m.o_char (user_id, m.fixed('index_of_char'));
ALTER TABLE m.o_char ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON m.o_char TO authenticated USING (user_id = m.me());
GRANT ALL ON m.o_char TO authenticated;
SELECT m.make('t_trigger', 'user_id = m.me()');
CREATE TRIGGER row_before BEFORE INSERT OR UPDATE OR DELETE ON m.t_trigger FOR EACH ROW EXECUTE FUNCTION m.trigger();
CREATE TRIGGER row_after AFTER INSERT OR UPDATE OR DELETE ON m.t_trigger FOR EACH ROW EXECUTE FUNCTION m.trigger();
CREATE TRIGGER statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON m.t_trigger FOR EACH STATEMENT EXECUTE FUNCTION m.trigger();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT OR UPDATE ON m.t_trigger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION m.trigger();
-- what the owner's code writes as the owner must not have a trigger fire later, as somebody else
CREATE FUNCTION m.write() RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$ BEGIN PERFORM m.attack('writing'); BEGIN INSERT INTO m.t_trigger VALUES (3, 'x'); EXCEPTION WHEN OTHERS THEN NULL; END; RETURN true; END $$;
SELECT m.make('p_write', 'm.write()');
CREATE DOMAIN m.writing AS pg_catalog.text CHECK (m.write());
SELECT m.make('d_write', $$user_id = (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub')::pg_catalog.uuid::pg_catalog.text$$, $$, owner pg_catalog.uuid DEFAULT (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.json OPERATOR(pg_catalog.->>) 'sub')::pg_catalog.uuid, w m.writing[] DEFAULT '{x}'$$);
SELECT m.make('r_rule', 'user_id = m.me()');
CREATE RULE also AS ON INSERT TO m.r_rule DO ALSO SELECT m.attack('rule');
CREATE VIEW m.v_plain AS SELECT *, m.attack('view') FROM m.p_plain;
CREATE VIEW m.v_invoker WITH (security_invoker = true) AS SELECT *, m.attack('view_invoker') FROM m.p_plain;
CREATE MATERIALIZED VIEW m.v_materialized AS SELECT *, m.attack('materialized_view') FROM m.p_plain;
GRANT SELECT ON m.v_plain, m.v_invoker, m.v_materialized TO authenticated;
CREATE TABLE m.partitioned (id int, user_id pg_catalog.text DEFAULT m.fixed('partition_default')) PARTITION BY LIST (m.fixed(user_id));
CREATE TABLE m.part PARTITION OF m.partitioned (CHECK (m.attack('partition_check'))) DEFAULT;
INSERT INTO m.partitioned VALUES (1, 'user_red');
ALTER TABLE m.partitioned ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON m.partitioned TO authenticated USING (m.attack('partition_policy'));
GRANT ALL ON m.partitioned TO authenticated;
CREATE TABLE m.parent (id int, user_id pg_catalog.text);
CREATE TABLE m.child (CHECK (m.attack('child_check'))) INHERITS (m.parent);
INSERT INTO m.child VALUES (1, 'user_red');
ALTER TABLE m.parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON m.parent TO authenticated USING (m.attack('parent_policy'));
GRANT ALL ON m.parent TO authenticated;
-- several policies, which lint() merges; policies that are open, so that it closes them
SELECT m.make('merged', $$user_id = m.me() AND m.attack('merged') AND '{merged}'::m.dom[] IS NOT NULL$$);
CREATE POLICY q ON m.merged TO authenticated USING (user_id <> m.fixed('merged_second'));
CREATE POLICY r ON m.merged FOR INSERT TO authenticated WITH CHECK (m.attack('merged_check'));
SELECT m.make('opened', $$m.me() IS NULL OR user_id = m.me() OR '{opened}'::m.dom[] IS NULL$$);
CREATE POLICY always ON m.opened FOR UPDATE TO authenticated USING (true) WITH CHECK (m.attack('opened_check'));
-- names
SELECT m.make(name, $$user_id = m.me() AND m.attack('name')$$) FROM pg_catalog.unnest(ARRAY['x"; ALTER ROLE mallory SUPERUSER; --', E'a\nALTER ROLE mallory SUPERUSER;\n--',
    '''); ALTER ROLE mallory SUPERUSER; --', '$$; ALTER ROLE mallory SUPERUSER; --', '%s %I %1$s', 'a\', 'unnest', 'pg_class', 'int4']) AS name;
DO $$ BEGIN EXECUTE pg_catalog.format('CREATE POLICY %I ON m.p_plain USING (m.attack(''policy_name''))', E'p\nALTER ROLE mallory SUPERUSER; --'); END $$;
COMMENT ON POLICY p ON m.p_plain IS 'clerk_rls.protect() made this policy and granted SELECT, USAGE ON SEQUENCE "x"; ALTER ROLE mallory SUPERUSER; --".';
-- the attacker's view of an operator's table, and a table of the operator's with a column of the attacker's type
CREATE VIEW m.on_ours AS SELECT * FROM public.ours;

-- the tables that webhooks fill: triggers on those of a superuser, and everything on the attacker's own
CREATE FUNCTION m.row_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM m.attack(pg_catalog.concat('webhook_', TG_TABLE_NAME, '_', TG_NAME));
    -- What runs next has the rights of its caller from here on.
    ALTER FUNCTION m.last_trigger() SECURITY INVOKER;
    RETURN NEW;
END $$;
CREATE FUNCTION m.last_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM m.attack(pg_catalog.concat('webhook_', TG_TABLE_NAME, '_', TG_NAME)); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION m.row_trigger();
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON clerk_rls.users FOR EACH ROW EXECUTE FUNCTION m.last_trigger();
CREATE TRIGGER c AFTER INSERT OR UPDATE ON clerk_rls.organizations FOR EACH ROW WHEN (m.attack('webhook_condition')) EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON clerk_rls.memberships FOR EACH ROW EXECUTE FUNCTION m.row_trigger();
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON clerk_rls.memberships FOR EACH ROW EXECUTE FUNCTION m.last_trigger();
CREATE TRIGGER c AFTER INSERT OR UPDATE ON clerk_rls.memberships FOR EACH ROW WHEN (m.attack('webhook_own_condition')) EXECUTE FUNCTION m.last_trigger();
CREATE TRIGGER d AFTER INSERT ON clerk_rls.memberships REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION m.last_trigger();
ALTER TABLE clerk_rls.memberships ADD CHECK (m.attack('webhook_check')), ADD CHECK (role IS NULL OR role <> m.fixed('webhook_check_folded')),
    ADD COLUMN note text DEFAULT m.fixed('webhook_default'), ADD COLUMN folded text GENERATED ALWAYS AS (m.fixed('webhook_generated') || user_id) STORED;
CREATE POLICY attacked ON clerk_rls.memberships USING (m.attack('webhook_policy'));
ALTER TABLE clerk_rls.memberships FORCE ROW LEVEL SECURITY;
CREATE TABLE m.member_child () INHERITS (clerk_rls.memberships);
CREATE TABLE m.referring (user_id text REFERENCES clerk_rls.users, org_id text REFERENCES clerk_rls.organizations);
CREATE TRIGGER referring AFTER INSERT OR UPDATE ON m.referring FOR EACH ROW EXECUTE FUNCTION m.trigger();
-- a function of the name that the operator will expose
CREATE FUNCTION public.clerk_webhook(json) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM m.attack('webhook_function'); RETURN $1; END $$;
COMMENT ON FUNCTION public.clerk_webhook(json) IS 'Receives the webhooks of the identity provider. Made by clerk_rls.expose_webhook().';
