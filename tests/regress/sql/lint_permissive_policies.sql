-- In one mode alone: nothing here depends on how the library is loaded.
-- lint(): permissive policies side by side, and that the fix allows what they allowed: what four roles read, insert,
-- update and delete is the same before and after.
\set ECHO none
\i tests/regress/lint_case.sql
CREATE SCHEMA app;
CREATE ROLE lint_a;
CREATE ROLE lint_b;
CREATE ROLE lint_both;
CREATE ROLE lint_other;
GRANT lint_a, lint_b TO lint_both;
GRANT USAGE ON SCHEMA app TO PUBLIC;

-- Everything that anybody can do to t: each role, each command, each row, each new row.
CREATE FUNCTION lint_case.allowed() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    role text;
    row int;
    value int;
    done bigint;
BEGIN
    FOREACH role IN ARRAY '{lint_a,lint_b,lint_both,lint_other}'::text[] LOOP
        EXECUTE format('SET LOCAL ROLE %I', role);
        RETURN NEXT format('%s reads %s', role, (SELECT array_agg(t.n ORDER BY t.n) FROM app.t));
        FOR row IN 1..6 LOOP
            FOR value IN 0..6 LOOP -- 0: not an update, a new row
                BEGIN
                    IF value = 0 THEN INSERT INTO app.t VALUES (row); ELSE UPDATE app.t SET n = -value WHERE n = row; END IF;
                    GET DIAGNOSTICS done = ROW_COUNT;
                    RAISE SQLSTATE 'CASE2';
                EXCEPTION
                    WHEN SQLSTATE 'CASE2' THEN RETURN NEXT format('%s writes %s to %s: %s', role, row, value, done);
                    WHEN insufficient_privilege THEN RETURN NEXT format('%s may not write %s to %s', role, row, value);
                END;
            END LOOP;
            BEGIN
                DELETE FROM app.t WHERE n = row;
                GET DIAGNOSTICS done = ROW_COUNT;
                RAISE SQLSTATE 'CASE2';
            EXCEPTION WHEN SQLSTATE 'CASE2' THEN RETURN NEXT format('%s deletes %s: %s', role, row, done);
            END;
        END LOOP;
        RESET ROLE;
    END LOOP;
END
$$;

-- As bad(), with the policies alone, and how many answers of allowed() the fix changes out of how many, of which so many differ between roles.
CREATE FUNCTION lint_case.merged(the_case text, policies text, findings int DEFAULT 1) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before text[];
    after text[];
    found lint_case.finding[];
    left_over int;
    it lint_case.finding;
BEGIN
    BEGIN
        CREATE TABLE app.t (n int);
        INSERT INTO app.t SELECT generate_series(1, 6);
        ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON app.t TO lint_a, lint_b, lint_both, lint_other;
        EXECUTE policies;
        before := ARRAY(SELECT lint_case.allowed());
        found := ARRAY(SELECT f FROM unnest(lint_case.findings()) AS f WHERE f.rule = 'multiple_permissive_policies');
        FOREACH it IN ARRAY found LOOP
            EXECUTE it.fix;
        END LOOP;
        after := ARRAY(SELECT lint_case.allowed());
        left_over := (SELECT count(*) FROM unnest(lint_case.findings()) AS f WHERE f.rule = 'multiple_permissive_policies');
        RAISE SQLSTATE 'CASE1';
    EXCEPTION WHEN SQLSTATE 'CASE1' THEN NULL;
    END;
    RETURN NEXT format('%s: %s: %s found, %s left, %s of %s answers changed, %s of them yes',
        CASE WHEN cardinality(found) = findings AND left_over = 0 AND before = after THEN 'ok' ELSE 'NOT OK' END, the_case,
        cardinality(found), left_over, (SELECT count(*) FROM unnest(before, after) AS x (b, a) WHERE b <> a), cardinality(before),
        (SELECT count(*) FROM unnest(before) AS b WHERE b LIKE '%: 1'));
    FOREACH it IN ARRAY found LOOP
        RETURN NEXT format('   %s, %s: %s', it.level, it.object, it.finding);
        RETURN NEXT '   ' || replace(it.fix, E'\n', E'\n   ');
    END LOOP;
END
$$;
\set ECHO all

SELECT lint_case.merged('two alike', $$CREATE POLICY a ON app.t FOR SELECT TO lint_a USING (n = 1); CREATE POLICY b ON app.t FOR SELECT TO lint_a USING (n = 2)$$);
SELECT lint_case.merged('three for all commands, WITH CHECK in one', $$CREATE POLICY a ON app.t TO lint_a USING (abs(n) = 1); CREATE POLICY "b; drop" ON app.t TO lint_a USING (abs(n) < 3) WITH CHECK (abs(n) > 4);
    CREATE POLICY c ON app.t TO lint_a USING (abs(n) = 6)$$);
SELECT lint_case.merged('inserts', $$CREATE POLICY a ON app.t FOR INSERT TO PUBLIC WITH CHECK (n = 1); CREATE POLICY b ON app.t FOR INSERT TO PUBLIC WITH CHECK (n = 2)$$);
SELECT lint_case.merged('updates, USING in one', $$CREATE POLICY r ON app.t FOR SELECT USING (true); CREATE POLICY a ON app.t FOR UPDATE TO lint_a USING (abs(n) < 3); CREATE POLICY b ON app.t FOR UPDATE TO lint_a WITH CHECK (abs(n) > 4)$$);
SELECT lint_case.merged('roles in another order', $$CREATE POLICY a ON app.t FOR DELETE TO lint_a, lint_b USING (n = 1); CREATE POLICY b ON app.t FOR DELETE TO lint_b, lint_a USING (n = 2);
    CREATE POLICY r ON app.t FOR SELECT USING (true)$$);
SELECT lint_case.merged('the same expression twice', $$CREATE POLICY a ON app.t FOR SELECT TO lint_a USING (n = 1); CREATE POLICY b ON app.t FOR SELECT TO lint_a USING (n = 1)$$);
SELECT lint_case.merged('ALL beside SELECT', $$CREATE POLICY own ON app.t TO lint_a USING (abs(n) = 1); CREATE POLICY shared ON app.t FOR SELECT TO lint_a USING (abs(n) < 4)$$);
SELECT lint_case.merged('ALL beside all four', $$CREATE POLICY own ON app.t TO lint_a USING (abs(n) = 1) WITH CHECK (abs(n) < 3); CREATE POLICY s ON app.t FOR SELECT TO lint_a USING (true);
    CREATE POLICY i ON app.t FOR INSERT TO lint_a WITH CHECK (abs(n) = 5); CREATE POLICY u ON app.t FOR UPDATE TO lint_a USING (abs(n) = 4) WITH CHECK (abs(n) = 6); CREATE POLICY d ON app.t FOR DELETE TO lint_a USING (abs(n) = 3)$$);
SELECT lint_case.merged('one role in common', $$CREATE POLICY p ON app.t TO lint_a, lint_b USING (abs(n) < 3); CREATE POLICY q ON app.t TO lint_b, lint_other USING (abs(n) > 4)$$);
SELECT lint_case.merged('ALL without USING', $$CREATE POLICY p ON app.t TO lint_a WITH CHECK (abs(n) < 3); CREATE POLICY q ON app.t FOR SELECT TO lint_a USING (abs(n) < 5); CREATE POLICY u ON app.t FOR UPDATE TO lint_a USING (abs(n) < 4)$$);
SELECT lint_case.merged('beside restrictive policies, which stay', $$CREATE POLICY a ON app.t TO lint_a USING (abs(n) = 1); CREATE POLICY b ON app.t TO lint_a USING (abs(n) = 2); CREATE POLICY not_two ON app.t AS RESTRICTIVE USING (abs(n) <> 2)$$);
SELECT lint_case.merged('two groups', $$CREATE POLICY a ON app.t FOR SELECT TO lint_a USING (n = 1); CREATE POLICY b ON app.t FOR SELECT TO lint_a USING (n = 2);
    CREATE POLICY c ON app.t FOR SELECT TO lint_b USING (n = 3); CREATE POLICY d ON app.t FOR SELECT TO lint_b USING (n = 4)$$, 2);
SELECT lint_case.merged('names that are taken, and a long one', format($$CREATE POLICY %1$I ON app.t TO lint_a USING (abs(n) = 1); CREATE POLICY b ON app.t FOR SELECT TO lint_a USING (abs(n) = 2);
    CREATE POLICY %2$I ON app.t FOR DELETE TO lint_b USING (true)$$, repeat('a', 60), repeat('a', 56) || '_delete'));
SELECT lint_case.merged('a subquery on the same table, and one on another', $$CREATE TABLE app.shares (n int); INSERT INTO app.shares VALUES (4), (5); GRANT SELECT ON app.shares TO PUBLIC;
    CREATE POLICY a ON app.t FOR SELECT TO lint_a USING (EXISTS (SELECT 1 FROM app.shares AS s WHERE s.n = t.n)); CREATE POLICY b ON app.t TO lint_a USING (n IN (SELECT s.n + 1 FROM app.shares AS s))$$);
-- near misses
SELECT lint_case.merged('other commands', $$CREATE POLICY a ON app.t FOR SELECT TO lint_a USING (n = 1); CREATE POLICY b ON app.t FOR DELETE TO lint_a USING (n = 2)$$, 0);
SELECT lint_case.merged('other roles', $$CREATE POLICY a ON app.t TO lint_a USING (n = 1); CREATE POLICY b ON app.t TO lint_b USING (n = 2)$$, 0);
SELECT lint_case.merged('a restrictive one', $$CREATE POLICY a ON app.t TO lint_a USING (n = 1); CREATE POLICY b ON app.t AS RESTRICTIVE TO lint_a USING (n < 3)$$, 0);
SELECT lint_case.merged('PUBLIC beside a role, which no policy can say in one', $$CREATE POLICY a ON app.t TO lint_a USING (n = 1); CREATE POLICY b ON app.t USING (n = 2)$$, 0);

DROP OWNED BY lint_a, lint_b, lint_both, lint_other;
DROP ROLE lint_a, lint_b, lint_both, lint_other;
