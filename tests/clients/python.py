"""psycopg as an application's server uses it. TAP, without numbers; exits with 1 if anything failed."""

import os
import sys
import traceback

import psycopg

from as_user import as_user

RED, BLUE, EXPIRED, ED25519 = (os.environ["TOKEN_" + name] for name in ("RED", "BLUE", "EXPIRED", "ED25519"))
connection = psycopg.connect(autocommit=True)
failed = False


def check(name):
    """Runs a test at once."""

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


@check("a user of an Ed25519 issuer is another person")
def _():
    equal(tasks(ED25519), ["Buy a frame"])


@check("without a token nobody sees anything")
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


@check("claims that the request sets change nothing")
def _():
    forged = """set local request.jwt.claims = '{"sub":"user_blue"}'"""
    equal(tasks(RED, forged), ["Buy red paint"])
    equal(tasks(None, forged), [])


@check("after COMMIT the connection is anonymous and the role of the application again")
def _():
    with as_user(connection, RED):
        equal(session(), ("user_red", "verified_token", "authenticated"))
    equal(session(), (None, "verified_token", "app"))


@check("a statement that was prepared for one user answers the next one rightly")
def _():
    # psycopg prepares at the sixth time.
    for _ in range(10):
        equal(tasks(RED), ["Buy red paint"])
        equal(tasks(BLUE), ["Buy blue paint"])
    equal(tasks(None), [])


sys.exit(failed)
