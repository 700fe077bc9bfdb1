"""What an import left behind, told without keys and times, so that two can be compared."""

import json
import re
import uuid
from typing import Any

import psycopg
from django.apps import apps
from psycopg import sql

from tenants.rls import is_tenant_model

Row = dict[str, Any]

# Keys, times, attempts, leases and events; and places in storage, which have keys in them.
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
        "attempt",
        "attempts",
        "slices",
        "lost_streak",
        "lease_token",
        "lease_owner",
        "lease_expires_at",
        "storage_key",
    }
)
IGNORED_TABLES = frozenset(
    {
        "ingestion_runattempt",
        "ingestion_runevent",
        "ingestion_orgschedule",
        "tenants_membership",
        "tenants_invitation",
        "tenants_apitoken",
    }
)
# Stages have as many runs as it takes; their sums are compared.
STAGE_RUNS = frozenset({"fetch", "rendition"})
# What stands for a key: the columns that tell a row of the table from all others.
NATURAL_KEYS = (
    ("connectors_connection", ("source", "name")),
    ("ingestion_job", ("kind",)),
    ("ingestion_syncrun", ("kind", "is_dry_run")),
    ("media_tag", ("folded_name",)),
    ("media_board", ("source", "source_key", "name")),
    ("media_asset", ("source", "source_ref")),
    ("media_blob", ("sha256",)),
    ("media_assetmedia", ("asset_id", "key")),
)


KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def snapshot(url: str, org_id: uuid.UUID) -> dict[str, list[str]]:
    """Return every row of the organization, by table, in an order of its own content."""
    rows = _read(url, org_id)
    names: dict[str, str] = {}
    for table, columns in NATURAL_KEYS:
        for row in rows[table]:
            told = [_told(row[column], names) for column in columns]
            names[row["id"]] = f"{table}:{told}"
    compared = {
        table: sorted(json.dumps(_plain(row, names), sort_keys=True) for row in found)
        for table, found in rows.items()
        if table != "ingestion_syncrun"
    }
    runs = [row for row in rows["ingestion_syncrun"] if row["kind"] not in STAGE_RUNS]
    compared["ingestion_syncrun"] = sorted(
        json.dumps(_plain(row, names), sort_keys=True) for row in runs
    )
    compared["sums of stages"] = _sums(rows["ingestion_syncrun"])
    return compared


def _read(url: str, org_id: uuid.UUID) -> dict[str, list[Row]]:
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if is_tenant_model(model) and model._meta.db_table not in IGNORED_TABLES
    ]
    found: dict[str, list[Row]] = {}
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('app.org', %s, true)", [str(org_id)])
        for table in tables:
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


def _sums(runs: list[Row]) -> list[str]:
    return [
        f"{kind}: {column} {sum(run[column] for run in runs if run['kind'] == kind)}"
        for kind in sorted(STAGE_RUNS)
        for column in ("raw_count", "new_count", "failed_count")
    ]
