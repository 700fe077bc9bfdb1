"""How fast an export is imported, against COPY of the very rows that the import leaves.

    python bench/import.py [--pins 48382] [--rounds 5] [--skip-memory]

* ``copy_ratio``: time of the bare COPY over time of the import (opening the file to the last
  commit). The COPY loads the same rows, dumped beforehand, one transaction per table, into
  ``LIKE … INCLUDING ALL`` tables with the same foreign keys. Alternating, medians.
* ``reimport_speedup``: first import over a second one of the same records with shuffled keys.
* ``memory_growth``, ``peak_mb``: peak of the process tree at 500,000 records over that at
  50,000, and above the idle process, in MB.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import pins, support

TABLES = (
    "media_board",
    "media_asset",
    "media_assetmedia",
    "media_boarditem",
    "media_stagestate",
    "media_searchdocument",
    "ingestion_assetorigin",
    "ingestion_runitem",
)
MB = 1024**2


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pins", type=int, default=48_382)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--child", type=Path, help="import this file and tell the memory")
    options = parser.parse_args()
    if options.child:
        import_in_child(options.child)
        return
    support.own_database("bench_import")
    folder = Path(os.environ["VAR_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    figures = measure_speed(folder, options.pins, options.rounds)
    if not options.skip_memory:
        figures |= measure_memory(folder)
    support.report(**figures)


def measure_speed(folder: Path, count: int, rounds: int) -> dict[str, Any]:
    """Alternate first import, re-import and COPY; return the ratios of the medians."""
    first_file, again_file = folder / "pins.zip", folder / "pins-shuffled.zip"
    pins.write_zip(first_file, count)
    pins.write_zip(again_file, count, shuffle_keys=True)
    firsts, agains, copies = [], [], []
    for number in range(rounds + 1):
        org = make_org()
        first = timed_import(org, first_file, expect={"new": count})
        again = timed_import(org, again_file, expect={"unchanged": count})
        copy = timed_copy(dump(org.pk))
        remove(org)
        print(f"round {number}: import {first:.2f} s, again {again:.2f} s, COPY {copy:.2f} s")
        if number:  # the first warms caches
            firsts.append(first)
            agains.append(again)
            copies.append(copy)
    first, again, copy = map(support.median, (firsts, agains, copies))
    return {
        "pins": count,
        "import_s": first,
        "copy_s": copy,
        "copy_ratio": copy / first,
        "reimport_s": again,
        "reimport_speedup": first / again,
        "pins_per_s": count / first,
    }


def make_org() -> Any:
    """Make an organization with an owner."""
    from tenants.models import User
    from tenants.services.organizations import create_organization

    owner = User.objects.create_user(f"{uuid.uuid4()}@example.com")
    return create_organization(name="Bench", owner=owner)


def timed_import(org: Any, path: Path, *, expect: dict[str, int]) -> float:
    """Import ``path`` as the command line does; return the seconds to the last commit."""
    from ingestion.imports import foreground

    started = time.perf_counter()
    run = foreground.work(foreground.prepare(org, [path]), stop=threading.Event())
    took = time.perf_counter() - started
    found = {name: getattr(run, f"{name}_count") for name in expect}
    if found != expect:
        raise SystemExit(f"Expected {expect}, found {found}: {run.state} {run.user_message}")
    return took


def dump(org_id: uuid.UUID) -> dict[str, tuple[str, bytes]]:
    """Return, by table, its plain columns and the organization's rows as COPY text."""
    from django.db import connections

    from tenants.scope import org_scope

    dumped = {}
    with org_scope(org_id, using="owner"), connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
                " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
            columns = cursor.fetchone()[0]
            with cursor.cursor.copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as copy:
                dumped[table] = (columns, b"".join(bytes(part) for part in copy))
    return dumped


def timed_copy(dumped: dict[str, tuple[str, bytes]]) -> float:
    """Load the rows into fresh tables with the same indexes and keys; return the seconds."""
    from django.db import connections, transaction

    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS reference CASCADE; CREATE SCHEMA reference")
        for table in dumped:
            cursor.execute(f"CREATE TABLE reference.{table} (LIKE {table} INCLUDING ALL)")
        for table in dumped:
            for name, definition in foreign_keys(cursor, table, set(dumped)):
                cursor.execute(
                    f"ALTER TABLE reference.{table} ADD CONSTRAINT {name} {definition} NOT VALID"
                )
    owner.ensure_connection()
    started = time.perf_counter()
    for table, (columns, rows) in dumped.items():
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            statement = f"COPY reference.{table} ({columns}) FROM STDIN"
            with cursor.cursor.copy(statement) as copy:
                for at in range(0, len(rows), MB):
                    copy.write(rows[at : at + MB])
    return time.perf_counter() - started


def foreign_keys(cursor: Any, table: str, cloned: set[str]) -> list[tuple[str, str]]:
    """Return the table's foreign keys, pointed at the clones where the target has one."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid), confrelid::regclass::text"
        " FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    return [
        (
            name,
            definition.replace(f"REFERENCES {target}(", f"REFERENCES reference.{target}(")
            if target in cloned
            else definition,
        )
        for name, definition, target in cursor.fetchall()
    ]


def remove(org: Any) -> None:
    """Empty the tables, so that each round meets the same size."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(TABLES) + " CASCADE")
        cursor.execute("VACUUM")


def measure_memory(folder: Path) -> dict[str, Any]:
    """Return the peak of the importing process tree at two sizes, above the idle process."""
    peaks = {}
    for count in (50_000, 500_000):
        path = folder / f"pins-{count}.zip"
        pins.write_zip(path, count)
        peaks[count] = peak_of_child(path)
        path.unlink()
        print(f"{count:,} records: idle {peaks[count][0]:.0f} MB, peak {peaks[count][1]:.0f} MB")
    (_, small), (idle, large) = peaks[50_000], peaks[500_000]
    return {"memory_growth": large / small, "peak_mb": large - idle, "idle_mb": idle}


def peak_of_child(path: Path) -> tuple[float, float]:
    """Import in a child; return its idle and peak resident memory in MB, its children with it."""
    import psutil

    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()  # "idle"
    process = psutil.Process(child.pid)
    idle = peak = resident(process)
    while child.poll() is None:
        peak = max(peak, resident(process))
        time.sleep(0.02)
    if child.returncode:
        raise SystemExit(f"The child failed with {child.returncode}.")
    return idle / MB, peak / MB


def resident(process: Any) -> int:
    """Return the resident bytes of a process and all below it."""
    import psutil

    total = 0
    for each in (process, *_children(process)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _children(process: Any) -> list[Any]:
    import psutil

    try:
        children: list[Any] = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def import_in_child(path: Path) -> None:
    """Be the process that is measured: say when idle, wait a moment, import."""
    support.setup_django()
    from django.db import connection

    org = make_org()
    connection.ensure_connection()
    print("idle", flush=True)
    time.sleep(0.5)
    from ingestion.imports import foreground

    foreground.work(foreground.prepare(org, [path]), stop=threading.Event())


if __name__ == "__main__":
    main()
