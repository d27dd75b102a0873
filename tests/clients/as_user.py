from contextlib import contextmanager


@contextmanager
def as_user(connection, token):
    """A transaction as the user of the token. Without a token, nobody is signed in.

    The connection must be in autocommit mode: otherwise transaction() may only set a savepoint.
    """
    with connection.transaction():
        connection.execute("select clerk_rls.authenticate(%s, 'authenticated')", [token])
        yield connection
