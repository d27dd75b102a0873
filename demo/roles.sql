-- The roles of a PostgREST or Supabase stack: PostgREST logs in as authenticator and becomes, for each
-- request, the role that the token names, or anon.
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role authenticator login noinherit;
grant anon, authenticated to authenticator;
