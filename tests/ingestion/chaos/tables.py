"""What an import left behind, told without keys and times, so that two can be compared."""

import json
import re
import uuid
from typing import Any, TypeAlias

import psycopg
from django.apps import apps
from psycopg import sql

Row: TypeAlias = dict[str, Any]
Tables: TypeAlias = dict[str, list[str]]

OWN_APPS = frozenset({"tenants", "connectors", "media", "ingestion", "faces"})
# Keys, times, attempts, failures and leases; turns in the line, and what was counted as they began,
# one for each claim; and places in storage, which have keys in them.
IGNORED_COLUMNS = frozenset(
    {
        "id",
        "imported_at",
        "sorted_at",
        "updated_at",
        "created_at",
        "added_at",
        "received_at",
        "stored_at",
        "first_seen_at",
        "archived_at",
        "started_at",
        "finished_at",
        "claimed_at",
        "progress_at",
        "due_at",
        "run_after",
        "deadline_at",
        "next_due_at",
        "waiting_since",
        "checked_at",
        "last_success_at",
        "last_attempt_at",
        "last_changed_at",
        "as_of",
        "oldest_pending_at",
        "counted_at",
        "state_since",
        "alert_at",
        "at",
        "attempt",
        "failure_count",
        "attempts",
        "slices",
        "new_count_at_claim",
        "failed_count_at_claim",
        "vtime",
        "lease_token",
        "lease_owner",
        "lease_expires_at",
        "storage_key",
    }
)
# Attempts, events, and how a dataset's state went up and down with them.
IGNORED_TABLES = frozenset({"ingestion_runattempt", "ingestion_runevent", "ingestion_datasetflip"})
# What stands for a key: the columns that tell a row of the table from all others.
NATURAL_KEYS = (
    ("tenants_user", ("email",)),
    ("connectors_connection", ("source", "name")),
    ("ingestion_job", ("kind",)),
    ("ingestion_syncrun", ("kind", "is_dry_run")),
    ("ingestion_datasetstatus", ("connection_id", "name")),
    ("ingestion_sourcecheckpoint", ("stream",)),
    ("media_tag", ("folded_name",)),
    ("media_board", ("source", "source_key", "name")),
    ("media_asset", ("source", "source_ref")),
    ("media_blob", ("sha256",)),
    ("media_assetmedia", ("asset_id", "key")),
)

KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def snapshot(url: str, org_id: uuid.UUID) -> Tables:
    """Return every row that the organization sees, by table, in an order of its own content."""
    rows = _read(url, org_id)
    names: dict[str, str] = {}
    for table, columns in NATURAL_KEYS:
        for row in rows[table]:
            told = [_told(row[column], names) for column in columns]
            names[row["id"]] = f"{table}:{told}"
    return {
        table: sorted(json.dumps(_plain(row, names), sort_keys=True) for row in found)
        for table, found in rows.items()
    }


def assert_same(found: Tables, expected: Tables) -> None:
    """Compare table by table, and show the first rows that differ."""
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        missing = sorted(set(rows) - set(found[table]))[:3]
        surplus = sorted(set(found[table]) - set(rows))[:3]
        assert not missing, f"{table} lacks {missing}, and has {surplus} instead."
        assert not surplus, f"{table} has {surplus} too many."
        assert len(found[table]) == len(rows), f"{table} has the same rows, but not as often."


def _read(url: str, org_id: uuid.UUID) -> dict[str, list[Row]]:
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OWN_APPS
    }
    found: dict[str, list[Row]] = {}
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('app.org', %s, true)", [str(org_id)])
        for table in sorted(tables - IGNORED_TABLES):
            query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table))
            found[table] = [row for (row,) in connection.execute(query)]
    return found


def _plain(row: Row, names: dict[str, str]) -> Row:
    return {
        column: _told(value, names)
        for column, value in row.items()
        if column not in IGNORED_COLUMNS
    }


def _told(value: Any, names: dict[str, str]) -> Any:
    """Return ``value`` with each key in it replaced by what it stands for."""
    if isinstance(value, list):
        told = [_told(each, names) for each in value]
        # Keys stand in their own order.
        return told if told == value else sorted(told)
    if not isinstance(value, str):
        return value
    return KEY.sub(lambda found: names.get(found[0], found[0]), value)
