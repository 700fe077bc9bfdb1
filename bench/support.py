"""What the benchmarks share: a database of their own, and how they report."""

import json
import os
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"


def own_database(name: str) -> None:
    """Make an empty, migrated database on the embedded server and point Django at it.

    Call before Django is set up.
    """
    sys.path.insert(0, str(ROOT))
    from config.embedded.server import ensure_running  # needs the path above

    endpoints = ensure_running(VAR)
    with psycopg.connect(endpoints.owner_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    use_database(name)
    from django.core.management import call_command  # after the set-up

    call_command("migrate", verbosity=0, skip_checks=True)


def use_database(name: str) -> None:
    """Point Django at a database that a benchmark made before.

    Call before Django is set up.
    """
    sys.path.insert(0, str(ROOT))
    from config.embedded.server import ensure_running  # needs the path above

    endpoints = ensure_running(VAR)
    os.environ["DATABASE_URL"] = _url(endpoints.app_url, name)
    os.environ["DATABASE_OWNER_URL"] = _url(endpoints.owner_url, name)
    os.environ["VAR_DIR"] = str(VAR / "bench" / name)
    setup_django()


def setup_django() -> None:
    """Load the product with the environment as it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django  # after the environment is set

    django.setup()


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def report(**figures: Any) -> None:
    """Print the one line that ends a benchmark."""
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
    print("RESULT " + json.dumps(rounded), flush=True)


def _url(url: str, name: str) -> str:
    parts = conninfo_to_dict(url)
    host = parts["host"]
    address = f"{parts['user']}:{parts['password']}@"
    if str(host).startswith("/"):
        from urllib.parse import quote  # only for sockets

        return f"postgres://{address}{quote(str(host), safe='')}:{parts['port']}/{name}"
    return f"postgres://{address}{host}:{parts['port']}/{name}"
