"""Uses psycopg like the server of an application. Prints TAP without numbers; exits with 1 if a test has failed."""

import os
import sys
import threading
import traceback

import psycopg
import sqlalchemy
from psycopg_pool import ConnectionPool

from as_user import as_user

RED, BLUE, EXPIRED, ED25519 = (os.environ["TOKEN_" + name] for name in ("RED", "BLUE", "EXPIRED", "ED25519"))
connection = psycopg.connect(autocommit=True)
administrator = psycopg.connect(user="postgres", autocommit=True)
failed = False


def check(name):
    """Runs the test that it decorates."""

    def run(body):
        global failed
        try:
            body()
            print(f"ok - {name}")
        except Exception:
            failed = True
            print(f"not ok - {name}\n{traceback.format_exc()}")

    return run


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def tasks(token, first=None):
    with as_user(connection, token):
        if first:
            connection.execute(first)
        return [name for (name,) in connection.execute("select name from tasks order by name")]


def session():
    return connection.execute("select user_id, source, database_role from clerk_rls.whoami()").fetchone()


@check("two users see their own rows")
def _():
    equal(tasks(RED), ["Buy red paint"])
    equal(tasks(BLUE), ["Buy blue paint"])


@check("the same user of another issuer is another user")
def _():
    equal(tasks(ED25519), ["Buy a frame"])


@check("without a token no row is visible")
def _():
    equal(tasks(None), [])


@check("an expired token is refused, and the connection serves the next request")
def _():
    try:
        tasks(EXPIRED)
    except psycopg.errors.InvalidAuthorizationSpecification as error:
        equal((error.sqlstate, error.diag.message_primary), ("28000", "JWT has expired"))
    else:
        raise AssertionError("the token was accepted")
    equal(tasks(RED), ["Buy red paint"])


@check("claims that a request sets have no effect")
def _():
    forged = """set local request.jwt.claims = '{"sub":"user_blue"}'"""
    equal(tasks(RED, forged), ["Buy red paint"])
    equal(tasks(None, forged), [])


@check("after COMMIT nobody is signed in and the role is the one of the application again")
def _():
    with as_user(connection, RED):
        equal(session(), ("user_red", "verified_token", "authenticated"))
    equal(session(), (None, "verified_token", "app"))


@check("a statement that was prepared for one user returns the rows of the next one")
def _():
    # psycopg prepares a statement when it is executed for the sixth time.
    for _ in range(10):
        equal(tasks(RED), ["Buy red paint"])
        equal(tasks(BLUE), ["Buy blue paint"])
    equal(tasks(None), [])


# One connection, so that a request would fail if the pool returned a lost one.
pool = ConnectionPool(kwargs={"autocommit": True}, min_size=1, check=ConnectionPool.check_connection)


def request(token, work):
    with pool.connection() as connection, as_user(connection, token):
        return work(connection)


def pid_and_user(connection):
    return connection.execute("select pg_backend_pid(), requesting_user_id()").fetchone()


def terminate(pid):
    """Ends the session of a client, like a restart or a failover of the server."""
    (terminated,) = administrator.execute("select pg_terminate_backend(%s, 10000)", [pid]).fetchone()
    equal(terminated, True)


def next_requests_are_served(lost):
    for token, wanted in [(BLUE, "user_blue"), (RED, "user_red"), (None, None)]:
        pid, user = request(token, pid_and_user)
        equal(user, wanted)
        if pid == lost:
            raise AssertionError("the lost connection was handed out again")


def fails(token, work, exception, text):
    try:
        request(token, work)
    except exception as error:
        if text not in str(error):
            raise AssertionError(f"got {error!r}, wanted {text!r}") from error
    else:
        raise AssertionError("the request succeeded")


TERMINATED = "terminating connection due to administrator command"


@check("a connection that is terminated while idle in the pool is replaced")
def _():
    pid, _ = request(RED, pid_and_user)
    terminate(pid)
    next_requests_are_served(pid)


@check("a connection that is terminated while idle in a transaction fails that request, with the cause")
def _():
    def work(connection):
        pids.append(pid_and_user(connection)[0])
        terminate(pids[0])
        connection.execute("select name from tasks")

    pids = []
    fails(RED, work, psycopg.errors.AdminShutdown, TERMINATED)
    next_requests_are_served(pids[0])


@check("a connection that is terminated before COMMIT fails that request, with the cause")
def _():
    def work(connection):
        pids.append(pid_and_user(connection)[0])
        terminate(pids[0])

    pids = []
    fails(RED, work, psycopg.errors.AdminShutdown, TERMINATED)
    next_requests_are_served(pids[0])


@check("a connection that is terminated during a query fails that request, with the cause")
def _():
    def work(connection):
        pids.append(pid_and_user(connection)[0])
        threading.Timer(0.2, terminate, pids).start()
        connection.execute("select pg_sleep(60)")

    pids = []
    fails(RED, work, psycopg.errors.AdminShutdown, TERMINATED)
    next_requests_are_served(pids[0])


@check("the error of a request is reported although ROLLBACK fails")
def _():
    def work(connection):
        pids.append(pid_and_user(connection)[0])
        terminate(pids[0])
        raise ArithmeticError("out of paint")

    pids = []
    fails(RED, work, ArithmeticError, "out of paint")
    next_requests_are_served(pids[0])


def refusal(**options):
    """The error of SQLAlchemy for a token that is refused."""
    engine = sqlalchemy.create_engine("postgresql+psycopg://", **options)
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("select clerk_rls.authenticate(:token)"), {"token": EXPIRED})
    except sqlalchemy.exc.DBAPIError as error:
        equal(error.orig.sqlstate, "28000")
        if EXPIRED in str(error.orig) or EXPIRED in repr(vars(error.orig.diag)):
            raise AssertionError("the error of the database contains the token")
        return str(error)
    raise AssertionError("the token was accepted")


@check("SQLAlchemy's error contains the refused token, unless hide_parameters is set")
def _():
    equal(EXPIRED in refusal(), True)
    equal(EXPIRED in refusal(hide_parameters=True), False)


pool.close()
sys.exit(failed)
