"""Each role can do its work, and nothing else."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from config.embedded import roles
from config.embedded.roles import Connection
from config.embedded.server import Endpoints
from config.embedded.state import load_state
from tests.embedded.conftest import connect


@pytest.fixture
def table(owner: Connection) -> Iterator[str]:
    owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    yield "thing"
    owner.execute("DROP TABLE thing")


def test_there_are_three_roles_beside_the_superuser(owner: Connection) -> None:
    rows = owner.execute(
        """SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
                  rolreplication FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"""
    ).fetchall()

    assert rows == [
        ("magpie_app", True, False, False, False, False, False),
        ("magpie_engine", False, False, False, False, False, False),
        ("magpie_owner", True, False, False, True, False, False),
        ("postgres", True, True, True, True, True, True),
    ]


def test_app_reads_and_writes_rows(app: Connection, table: str) -> None:
    app.execute("INSERT INTO thing (name) VALUES ('a')")
    app.execute("UPDATE thing SET name = 'b'")
    app.execute("CREATE TEMP TABLE staging (LIKE thing)")

    assert app.execute("SELECT name FROM thing").fetchall() == [("b",)]
    assert app.execute("DELETE FROM thing").rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE thing",
        "CREATE TABLE mine (id int)",
        "DROP TABLE thing",
        "ALTER TABLE thing DISABLE ROW LEVEL SECURITY",
        "SET ROLE magpie_engine",
        "SET ROLE magpie_owner",
        "SET ROLE postgres",
        "ALTER ROLE magpie_app BYPASSRLS",
        "CREATE ROLE another",
        "CREATE DATABASE another",
        "SET session_replication_role = replica",
        "COPY thing TO PROGRAM 'true'",
    ],
)
def test_app_is_refused(app: Connection, table: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE postgres",
        "ALTER ROLE magpie_owner BYPASSRLS",
        "ALTER ROLE magpie_app BYPASSRLS",
        "CREATE ROLE another",
        "GRANT magpie_engine TO magpie_app",
        "CREATE EXTENSION plpython3u",
    ],
)
def test_owner_is_refused(owner: Connection, statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)):
        owner.execute(statement.encode())


def test_engine_cannot_sign_in(shared_var_dir: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(load_state(shared_var_dir).url("magpie_engine", ""))


def test_owner_gives_functions_to_the_engine_without_having_its_rights(owner: Connection) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1")
        owner.execute("GRANT CREATE ON SCHEMA public TO magpie_engine")
        owner.execute("ALTER FUNCTION one() OWNER TO magpie_engine")
        owner.execute("REVOKE CREATE ON SCHEMA public FROM magpie_engine")
        inherits = owner.execute("SELECT pg_has_role('magpie_engine', 'USAGE')").fetchone()

    assert inherits == (False,)


def test_database_made_by_the_owner_is_like_the_first(
    owner: Connection, endpoints: Endpoints, shared_var_dir: Path
) -> None:
    state = load_state(shared_var_dir)
    owner.execute("CREATE DATABASE test_magpie")
    try:
        with contextlib.closing(
            connect(state.url("magpie_owner", state.owner_password, "test_magpie"))
        ) as there:
            there.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, place vector(3))")
        with contextlib.closing(
            connect(state.url("magpie_app", state.app_password, "test_magpie"))
        ) as there:
            there.execute("INSERT INTO thing (place) VALUES ('[1,2,3]')")
            with pytest.raises(errors.InsufficientPrivilege):
                there.execute("TRUNCATE thing")
    finally:
        owner.execute("DROP DATABASE test_magpie")


def test_preparing_again_takes_back_what_was_added(
    superuser: Connection, app: Connection, shared_var_dir: Path
) -> None:
    state = load_state(shared_var_dir)
    superuser.execute("ALTER ROLE magpie_app BYPASSRLS")

    roles.prepare(
        lambda database: connect(state.url("postgres", state.superuser_password, database)),
        owner_password=state.owner_password,
        app_password=state.app_password,
    )

    query = sql.SQL("SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert app.execute(query).fetchone() == (False,)
