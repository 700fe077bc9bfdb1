"""Start-up finds every way in which a database is not fit, and says how to mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.embedded import verify
from config.embedded.roles import Connection
from config.embedded.verify import runtime_problems, server_problems

SABOTAGES = {
    "is a superuser": "ALTER ROLE magpie_app SUPERUSER",
    "bypasses row-level security": "ALTER ROLE magpie_app BYPASSRLS",
    "may create and change roles": "ALTER ROLE magpie_app CREATEROLE",
    "by replication": "ALTER ROLE magpie_app REPLICATION",
    "member of magpie_owner": "GRANT magpie_owner TO magpie_app",
    "member of magpie_engine": "GRANT magpie_engine TO magpie_app WITH INHERIT FALSE, SET TRUE",
    "member of pg_write_all_data": "GRANT pg_write_all_data TO magpie_app",
    "owns tables": "ALTER TABLE thing OWNER TO magpie_app",
    "owns the database": "ALTER DATABASE magpie OWNER TO magpie_app",
    "may TRUNCATE": "GRANT TRUNCATE ON thing TO magpie_app",
    "may create objects": "GRANT CREATE ON SCHEMA public TO PUBLIC",
}


@contextmanager
def sabotaged(superuser: Connection, statement: str) -> Iterator[None]:
    """Change the database inside a transaction that never commits."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("CREATE TABLE thing (id int)")
        superuser.execute("ALTER TABLE thing OWNER TO magpie_owner")
        superuser.execute(statement.encode())
        yield


def problems_of_the_app(superuser: Connection) -> list[str]:
    superuser.execute("SET LOCAL ROLE magpie_app")
    problems = runtime_problems(superuser)
    superuser.execute("RESET ROLE")
    return problems


def test_embedded_server_has_no_problem(app: Connection) -> None:
    assert runtime_problems(app) == []


@pytest.mark.parametrize("login", ["owner", "superuser"])
def test_wrong_role_is_refused_without_advice_that_would_harm_it(
    login: str, request: pytest.FixtureRequest
) -> None:
    (problem,) = runtime_problems(request.getfixturevalue(login))

    assert "Point DATABASE_URL at magpie_app" in problem
    assert not any(word in problem for word in ("ALTER", "REASSIGN", "REVOKE"))


@pytest.mark.parametrize("meaning", SABOTAGES)
def test_too_strong_role_is_found_and_the_advice_mends_it(
    superuser: Connection, meaning: str
) -> None:
    with sabotaged(superuser, SABOTAGES[meaning]):
        found = problems_of_the_app(superuser)
        assert any(meaning in problem for problem in found)

        for problem in found:
            superuser.execute(problem.rsplit(": ", 1)[1].encode())

        assert problems_of_the_app(superuser) == []


def test_server_without_pgvector_is_found(superuser: Connection) -> None:
    with sabotaged(superuser, "DROP EXTENSION vector"):
        (problem,) = server_problems(superuser)

        superuser.execute(problem.rsplit(": ", 1)[1].encode())

        assert server_problems(superuser) == []


def test_old_pgvector_is_found(superuser: Connection) -> None:
    old = "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'"
    with sabotaged(superuser, old):
        (problem,) = server_problems(superuser)

        assert "ALTER EXTENSION vector UPDATE" in problem


def test_old_server_is_found() -> None:
    assert verify._version_problems(160000) == []
    assert "PostgreSQL 15" in verify._version_problems(150009)[0]
