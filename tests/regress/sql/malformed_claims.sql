-- Claims that cannot be read sign nobody in; no reader raises an error, and whoami() says why.
SET ROLE authenticated;
CREATE TEMP TABLE malformed (id int, what text, claims text);
INSERT INTO malformed VALUES
    (1, 'not JSON', 'user_red'), (2, 'cut off', '{"sub":"user_red"'), (3, 'more behind', '{"sub":"user_red"} x'),
    (4, 'array', '["user_red"]'), (5, 'string', '"user_red"'), (6, 'number', '7'), (7, 'null', 'null'),
    (8, 'spaces', '   '), (9, 'single quotes', '{''sub'':''user_red''}'), (10, 'comma', '{"sub":"user_red",}'),
    (11, 'NaN', '{"sub":"user_red","n":NaN}'), (12, 'leading zero', '{"sub":"user_red","n":01}'),
    (13, 'J11: NUL in a value', '{"sub":"user_red","x":"a\u0000b"}'), (14, 'J11: NUL in a key', '{"sub":"user_red","a\u0000b":1}'),
    (15, 'J11: NUL deep inside', '{"sub":"user_red","x":[{"y":"\u0000"}]}'), (16, 'J11: NUL in the subject', '{"sub":"user_red\u0000"}'),
    (17, 'J18: lone surrogate', '{"sub":"user_red","x":"\ud800"}'), (18, 'J18: BOM', U&'\FEFF{"sub":"user_red"}'),
    (19, 'J7: duplicate sub', '{"sub":"user_red","sub":"user_blue"}'), (20, 'J7: duplicate by escape', '{"sub":"user_red","s\u0075b":"user_blue"}'),
    (21, 'J7: duplicate in o', '{"sub":"user_red","v":2,"o":{"id":"org_1","id":"org_2"}}'),
    (22, 'J15: 33 deep', format('{"sub":"user_red","x":%s%s}', repeat('[', 32), repeat(']', 32))),
    (23, 'J15: 100 000 deep', format('{"sub":"user_red","x":%s%s}', repeat('[', 100000), repeat(']', 100000))),
    (24, 'J15: 30 000 deep', format('{"sub":"user_red","x":%s%s}', repeat('[', 30000), repeat(']', 30000))),
    (25, 'P19: 1 MB', format('{"sub":"user_red","x":"%s"}', repeat('x', 1000000))),
    (26, 'control character', E'{"sub":"user_red","x":"\t"}'), (27, 'bad escape', '{"sub":"user_red","x":"\x"}');

DO $$
DECLARE
    bad record;
    got readers;
    why text;
BEGIN
    FOR bad IN SELECT * FROM malformed ORDER BY id LOOP
        PERFORM set_config('request.jwt.claims', bad.claims, false);
        SELECT * INTO got FROM readers;
        SELECT problem INTO why FROM clerk_rls.whoami();
        RAISE INFO '% | % | % rows of % | %', bad.what,
            CASE WHEN num_nonnulls(got.user_id, got.user_uuid, got.machine_id, got.org_id, got.org_slug, got.org_role, got.org_permissions,
                got.session_id, got.actor_id, got.role, got.email, got.claim, got.claim_json) = 0 AND NOT got.has_claims AND NOT got.may_read
                THEN 'nobody' ELSE got::text END,
            (SELECT count(*) FROM notes), current_user, why;
    END LOOP;
END $$;

-- what looks alike and is well-formed
DO $$
DECLARE
    good text;
BEGIN
    FOREACH good IN ARRAY ARRAY['{"sub":"user_red","x":"\\u0000"}', E' \n\t{"sub" : "user_red"} \r\n', '{"sub":"user_red","n":1e400}',
        format('{"sub":"user_red","x":%s%s}', repeat('[', 31), repeat(']', 31)), '{"s\u0075b":"user_red"}', '{"sub":"user_red","x":{"sub":"y"}}',
        '{"sub":"user_red","x":"\ud83d\ude00"}', '{"sub":"user_red","o":7,"act":"x","role":9,"email":[],"sid":{},"fea":1,"pla":null,"fva":"x","v":"2"}'] LOOP
        PERFORM set_config('request.jwt.claims', good, false);
        RAISE INFO '% | % | %', left(good, 60), requesting_user_id(), (SELECT count(*) FROM notes);
    END LOOP;
END $$;

-- wrong types inside well-formed claims are no value
SELECT user_id, org_id, org_slug, org_role, org_permissions, session_id, actor_id, role, email, may_read FROM readers;

-- P19: 1 MB of claims is refused by its size, over many rows
RESET ROLE;
CREATE TABLE many AS SELECT i AS id, 'user_red'::text AS user_id FROM generate_series(1, 200000) i;
ALTER TABLE many ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON many TO authenticated USING (user_id = requesting_user_id());
GRANT SELECT ON many TO authenticated;
SET ROLE authenticated;
SELECT set_config('request.jwt.claims', claims, false) = claims AS set FROM malformed WHERE id = 25;
SELECT count(*) FROM many;
SELECT user_id, problem FROM clerk_rls.whoami();
SET request.jwt.claims = '{"sub":"user_red"}';
SELECT count(*) FROM many;
