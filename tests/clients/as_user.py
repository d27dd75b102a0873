from contextlib import contextmanager


@contextmanager
def as_user(connection, token):
    """A transaction of the user whom the token names; without a token, of nobody.

    The connection is in autocommit mode: in any other, transaction() may be but a savepoint.
    """
    with connection.transaction():
        connection.execute("select clerk_rls.authenticate(%s, 'authenticated')", [token])
        yield connection
