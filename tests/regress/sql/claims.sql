-- requesting_claims(), requesting_claim() and requesting_claim_json().
SET ROLE authenticated;
SET request.jwt.claims = '{"sub":"user_red","n":1.50,"big":12345678901234567890,"e":1e3,"t":true,"z":null,"s":"a\"b\u00e9","empty":"","o":{"id":"org_1","deep":{"list":[10,{"k":"v"},null]}},"https://example.com/role":"x","a.b":"dotted"}';

-- the meaning is that of the jsonb operators, path by path
SELECT path, requesting_claim(VARIADIC path) AS text, requesting_claim_json(VARIADIC path) AS json,
    requesting_claim(VARIADIC path) IS NOT DISTINCT FROM requesting_claims() #>> path
        AND requesting_claim_json(VARIADIC path) IS NOT DISTINCT FROM requesting_claims() #> path AS as_jsonb
FROM (VALUES ('{sub}'::text[]), ('{n}'), ('{big}'), ('{e}'), ('{t}'), ('{z}'), ('{s}'), ('{empty}'), ('{o}'), ('{o,id}'),
    ('{o,deep,list}'), ('{o,deep,list,0}'), ('{o,deep,list,1,k}'), ('{o,deep,list,2}'), ('{o,deep,list,-1}'),
    ('{o,deep,list,-3}'), ('{o,deep,list,-4}'), ('{o,deep,list,3}'), ('{o,deep,list,x}'), ('{o,deep,list,01}'),
    ('{o,deep,list," 1"}'), ('{o,deep,list,+1}'), ('{o,deep,list,99999999999}'), ('{o,deep,list,1,k,0}'),
    ('{https://example.com/role}'), ('{a.b}'), ('{a,b}'), ('{missing}'), ('{SUB}'), ('{""}'), ('{}'), ('{sub,NULL}'), ('{NULL}')) AS paths (path);

SELECT requesting_claim('o', 'id'), requesting_claim_json('o', 'deep', 'list', '1');
SELECT requesting_claim(VARIADIC NULL), requesting_claim_json(VARIADIC NULL);

-- the claims change, the call stays
PREPARE org AS SELECT requesting_claim('o', 'id'), requesting_claim_json('o');
EXECUTE org;
SET request.jwt.claims = '{"sub":"user_red","o":{"id":"org_2"}}';
EXECUTE org;
SET request.jwt.claims = '{"sub":"user_red"}';
EXECUTE org;
SET request.jwt.claims = '{"sub":"user_red","o":{"id":"org_1"}}';
EXECUTE org;

-- paths out of a column: more of them than are kept, NULL, compressed and out of line
CREATE TEMP TABLE paths (id int, path text[]);
INSERT INTO paths SELECT i, ARRAY['k' || i % 500] FROM generate_series(1, 5000) i;
INSERT INTO paths VALUES (0, NULL), (-1, ARRAY['o', 'id']), (-2, ARRAY[repeat('x', 100000)]);
ALTER TABLE paths ALTER path SET STORAGE EXTERNAL;
INSERT INTO paths VALUES (-3, ARRAY[repeat('y', 100000)]);
SELECT set_config('request.jwt.claims',
    (SELECT json_object_agg('k' || i, 'value ' || i)::jsonb || '{"sub":"user_red","o":{"id":"org_1"}}' FROM generate_series(0, 499) i)::text, false) IS NOT NULL AS set;
SELECT count(*), count(*) FILTER (WHERE requesting_claim(VARIADIC path) = 'value ' || id % 500) AS right,
    count(*) FILTER (WHERE requesting_claim(VARIADIC path) = 'org_1') AS org,
    count(*) FILTER (WHERE requesting_claim(VARIADIC path) IS NULL) AS nothing
FROM paths;

-- jsonb cannot hold what a number may be in JSON; the other claims stay
SET request.jwt.claims = '{"sub":"user_red","huge":1e400000,"o":{"id":"org_1"}}';
SELECT requesting_user_id(), requesting_claims(), requesting_claim('huge'), requesting_claim_json('huge'), requesting_claim('o', 'id');

-- P20: arguments that ask for more memory than there may be are no paths, and end nothing
SELECT requesting_claim(VARIADIC array_fill('abcdefgh'::text, ARRAY[5000000])) IS NULL AS too_long, requesting_claim(VARIADIC array_fill('a'::text, ARRAY[3, 3])) IS NULL AS two_dimensions,
    requesting_claim(repeat('x', 100000000)) IS NULL AS long_name, requesting_user_has(role => repeat('x', 100000000)) AS long_role;
SELECT count(requesting_claim(VARIADIC array_fill('abcdefgh'::text, ARRAY[1000 + i]))) FROM generate_series(1, 60) i;
