-- J18: databases whose encoding is not UTF-8.
RESET client_encoding;
CREATE DATABASE regress_encodings_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE regress_encodings_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';

\c regress_encodings_latin1
CREATE EXTENSION clerk_rls_tools CASCADE;
CREATE FUNCTION base64url(content text) RETURNS text LANGUAGE sql AS
$$ SELECT translate(encode(convert_to(content, 'UTF8'), 'base64'), E'+/=\n', '-_') $$;
SET client_encoding = 'UTF8';
SET request.jwt.claims = '{"sub":"usér_\u00e9","x":"\u0416","o":{"id":"é"},"v":2}';
SELECT requesting_user_id(), length(requesting_user_id()), requesting_user_id() = 'usér_é' AS same;
SELECT requesting_org_id(), requesting_claim('o', 'id'), requesting_claim_json('o');
SELECT requesting_user_has(role => 'é');
-- a letter that LATIN1 has not: no value, and no error
SELECT requesting_claim('x'), requesting_claim_json('x'), requesting_claims();
SELECT user_id, problem FROM clerk_rls.whoami();
-- a token as a value is an error then, and not NULL
SELECT claims FROM clerk_rls.jwt_decode('eyJhbGciOiJIUzI1NiJ9.' || base64url('{"x":"\u0416"}') || '.AA');
SELECT claims FROM clerk_rls.jwt_decode('eyJhbGciOiJIUzI1NiJ9.' || base64url('{"x":"\u00e9"}') || '.AA');
-- the same person has the same uuid in every encoding
SELECT requesting_user_uuid(), clerk_rls.user_uuid('usér_é');
SET request.jwt.claims = '{"sub":"\u0416"}';
SELECT requesting_user_id(), user_id, problem FROM clerk_rls.whoami();

-- a policy with letters beyond ASCII is read, too
CREATE ROLE "rédacteur";
CREATE TABLE notes_é (qui text);
CREATE FUNCTION "é"() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN requesting_user_id() = 'é'; END $$;
CREATE POLICY "é" ON notes_é TO "rédacteur" USING (qui = requesting_user_id() OR qui = 'é' AND "é"());
SELECT (clerk_rls.inspect_expression(polqual, polrelid) - 'parsing_functions') ->> 'askers' AS askers FROM pg_policy WHERE polrelid = 'notes_é'::regclass;
SELECT rule, object FROM clerk_rls.lint();
DROP POLICY "é" ON notes_é;
DROP ROLE "rédacteur";
-- and an encoding that has not all of Unicode can take the extension in
CREATE DATABASE regress_encodings_euc TEMPLATE template0 ENCODING 'EUC_JP' LOCALE 'C';
\c regress_encodings_euc
CREATE EXTENSION clerk_rls_tools CASCADE;
SELECT count(*) FROM clerk_rls.lint();
\c regress_encodings_ascii
CREATE EXTENSION clerk_rls_tools CASCADE;
SET client_encoding = 'SQL_ASCII';
SELECT set_config('request.jwt.claims', convert_from('\x7b22737562223a22757365725fff227d', 'SQL_ASCII'), false) IS NOT NULL AS set;
SELECT requesting_user_id(), requesting_user_uuid(), requesting_claims(), requesting_claim('sub');
SELECT problem FROM clerk_rls.whoami();
-- PostgreSQL itself knows no \u escape beyond ASCII here: no reader raises its error, and whoami() says so
SET request.jwt.claims = '{"sub":"user_red","x":"\u00e9","o":{"n":"\u00e9","id":"org_1"},"v":2}';
SELECT requesting_user_id(), requesting_org_id(), encode(requesting_claim('x')::bytea, 'hex') AS utf8;
SELECT requesting_claims(), requesting_claim_json('x'), requesting_claim_json('o'), requesting_claim('o'), requesting_claim_json('o', 'id');
SELECT user_id, problem FROM clerk_rls.whoami();
SET request.jwt.claims = '{"sub":"user_red","x":"é"}';
SELECT requesting_claims() IS NOT NULL AS claims, requesting_claim_json('x') IS NOT NULL AS claim, problem FROM clerk_rls.whoami();
SELECT claims FROM clerk_rls.jwt_decode('eyJhbGciOiJIUzI1NiJ9.eyJ4IjoiXHUwMGU5In0.AA');
SELECT claims FROM clerk_rls.jwt_decode('eyJhbGciOiJIUzI1NiJ9.eyJ4IjoiZSJ9.AA');
\set VERBOSITY sqlstate
SELECT clerk_rls.jwt_decode('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyX3JlZCIsImV4cCI6NDEwMjQ0NDgwMCwieCI6Ilx1MDQxNiJ9.3mkuJL0P5_z_fNdgefrFHrwRALclhQhNusWxsrDFwag');
SELECT clerk_rls.jwt_verify('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyX3JlZCIsImV4cCI6NDEwMjQ0NDgwMCwieCI6Ilx1MDQxNiJ9.3mkuJL0P5_z_fNdgefrFHrwRALclhQhNusWxsrDFwag', clerk_rls.jwk_from_secret(repeat('s', 32), 'HS256'));
\set VERBOSITY default
-- the identity of such a token is whole but for the claims as jsonb
SELECT clerk_rls.add_issuer('https://clerk.example.com');
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32));
BEGIN;
SELECT clerk_rls.authenticate('eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2NsZXJrLmV4YW1wbGUuY29tIiwic3ViIjoidXNlcl9yZWQiLCJleHAiOjQxMDI0NDQ4MDAsIngiOiJcdTA0MTYifQ.YQQy_SU2UCniJzMuWNX9xtY-c13D0PEj8zKN7QEFfL8');
SELECT requesting_user_id(), encode(requesting_claim('x')::bytea, 'hex') AS utf8, requesting_claims(), source, problem FROM clerk_rls.whoami();
COMMIT;
-- an argument that is no UTF-8 names no claim
SELECT requesting_claim(convert_from('\xff', 'SQL_ASCII')), requesting_user_has(role => convert_from('\xff', 'SQL_ASCII')), clerk_rls.user_uuid(convert_from('\xff', 'SQL_ASCII'));
