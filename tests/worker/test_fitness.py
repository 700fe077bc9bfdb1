"""No way to start serves people on a role that could step over the walls."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from config.product.ports import any_free_port
from config.worker.child import PROJECT_DIR
from tests.worker.conftest import database_url, environment

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(databases=["default", "owner"])]

WAYS = {
    "web server": ["-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"],
    "workers": ["manage.py", "run_worker", "--skip-checks"],
    "product": ["manage.py", "run"],
}
START_S = 60.0


def start(way: str, folder: Path, *, database: str) -> subprocess.CompletedProcess[str]:
    """Start it with the owner's login; it has to end by itself."""
    settings = environment(folder) | {
        "DATABASE_URL": database,
        "DATABASE_OWNER_URL": database,
        "BIND": f"127.0.0.1:{any_free_port()}",
        "PORT": str(any_free_port()),
    }
    return subprocess.run(
        [sys.executable, *WAYS[way]],
        cwd=PROJECT_DIR,
        env=settings,
        timeout=START_S,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_owner_is_refused_as_runtime_role(way: str, tmp_path: Path) -> None:
    ended = start(way, tmp_path, database=database_url("owner"))

    assert ended.returncode != 0
    assert "Magpie does not start on this database" in ended.stderr
    assert "Point DATABASE_URL at magpie_app" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_refused_role_gets_no_tables(tmp_path: Path) -> None:
    known = connections["owner"].get_connection_params()
    empty = f"{known['dbname']}_empty"
    with psycopg.connect(**known, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{empty}"'.encode())
    try:
        url = database_url("owner").replace(f"/{known['dbname']}?", f"/{empty}?")
        assert start("product", tmp_path, database=url).returncode != 0

        with psycopg.connect(**{**known, "dbname": empty}) as connection:
            made = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
            assert made.fetchall() == []
    finally:
        with psycopg.connect(**known, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{empty}" WITH (FORCE)'.encode())
