-- P6: pg_dump saves issuers and their public keys, and never a secret.
CREATE DATABASE regress_dump_restored;
\! pg_dump -d regress_dump > "${TMPDIR:-/tmp}/regress_dump.$PPID.sql" && psql -X -q -d regress_dump_restored -v ON_ERROR_STOP=1 -f "${TMPDIR:-/tmp}/regress_dump.$PPID.sql" -o /dev/null; grep -c 'oct' "${TMPDIR:-/tmp}/regress_dump.$PPID.sql"; rm -f "${TMPDIR:-/tmp}/regress_dump.$PPID.sql"
-- not even when it is asked for by name
\! pg_dump -d regress_dump -t clerk_rls.issuer_secrets --data-only 2>&1 | grep -c 'oct'
SELECT issuer, key ->> 'kty' AS kty FROM clerk_rls.issuer_secrets;
\c regress_dump_restored
SELECT issuer, jwks #>> '{keys,0,kid}' AS kid, subject_prefix FROM clerk_rls.issuers ORDER BY issuer;
SELECT count(*) AS secrets FROM clerk_rls.issuer_secrets;
SET client_min_messages = error;
SELECT clerk_rls.authenticate(ed25519_token('user_red'));
SELECT clerk_rls.authenticate(token('user_red'));
SELECT clerk_rls.set_secret('https://clerk.example.com', repeat('s', 32));
SELECT clerk_rls.authenticate(token('user_red'));
-- the policies came along
SET ROLE authenticated;
BEGIN;
SELECT clerk_rls.authenticate(token('user_red'));
SELECT count(*) FROM notes;
COMMIT;
