-- Who can do what.

CREATE FUNCTION clerk_rls.confined_query(query text, rows anyarray) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'confined_query';
