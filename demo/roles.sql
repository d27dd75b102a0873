-- The roles of PostgREST and Supabase. PostgREST logs in as authenticator, and switches for each request to the
-- role in the token, or to anon.
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role authenticator login noinherit;
grant anon, authenticated to authenticator;
-- From PostgreSQL 15 on, nobody but the owner can create objects in the schema that PostgREST serves.
revoke create on schema public from public;
