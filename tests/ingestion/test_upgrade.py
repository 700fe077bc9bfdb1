"""A database of the first release, with what two organizations hold, is brought up to this one."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from psycopg import sql
from pytest_django import DjangoDbBlocker

FIRST_RELEASE = [
    ("tenants", "0005_engine_reads_organizations"),
    ("connectors", "0003_walls"),
    ("media", "0009_put_off_batches"),
    ("ingestion", "0005_change_jobs"),
]
ACME, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
DAY = dt.timedelta(days=1)


@contextmanager
def database_of_its_own(name: str) -> Iterator[None]:
    """Let the owner work in a new database, which goes at the end."""
    owner = connections["owner"]
    parameters, former = owner.get_connection_params(), owner.settings_dict["NAME"]
    owner.close()
    with psycopg.connect(**parameters, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            owner.settings_dict["NAME"] = name
            yield
        finally:
            owner.close()
            owner.settings_dict["NAME"] = former
            server.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def make(apps: Apps, model: str, **values: Any) -> Any:
    app, _, name = model.partition(".")
    return apps.get_model(app, name)._base_manager.using("owner").create(**values)


def enter(org_id: uuid.UUID) -> None:
    """Let the owner see what belongs to one organization."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', %s, false)", [str(org_id)])


def rows(statement: str, org_id: uuid.UUID) -> list[Any]:
    enter(org_id)
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def fill(apps: Apps, org_id: uuid.UUID, *, name: str, saved: bool) -> None:
    """Import one thing and fetch its picture; where it is not ``saved``, both went wrong."""
    enter(org_id)
    then = timezone.now() - 40 * DAY
    org = make(apps, "tenants.Organization", id=org_id, name=name, slug=name.lower())
    make(apps, "ingestion.OrgSchedule", org=org)
    connection = make(apps, "connectors.Connection", org=org, source="pinterest", name="Export")
    end = "succeeded" if saved else "failed"
    job = make(
        apps,
        "ingestion.Job",
        org=org,
        kind="import",
        connection=connection,
        state="archived",
        archived_at=then,
    )
    make(
        apps,
        "ingestion.ImportFile",
        org=org,
        job=job,
        name="export.zip",
        size_bytes=9,
        sha256="f" * 64,
        storage_key=f"{org_id}/export.zip",
    )
    run = make(
        apps,
        "ingestion.SyncRun",
        org=org,
        job=job,
        kind="import",
        connection_id=connection.pk,
        state=end,
        started_at=then,
        finished_at=then,
        raw_count=1,
        new_count=int(saved),
        failed_count=int(not saved),
        **({} if saved else {"failure_type": "config_error", "error_code": "upload_unreadable"}),
    )
    make(
        apps,
        "ingestion.RunAttempt",
        org=org,
        run=run,
        number=1,
        worker="a",
        started_at=then,
        finished_at=then,
        outcome=end,
    )
    asset = make(
        apps,
        "media.Asset",
        org=org,
        source="pinterest",
        source_ref="1",
        media_status="image",
        content_hash=bytes(16),
    )
    make(
        apps,
        "ingestion.AssetOrigin",
        org=org,
        asset=asset,
        connection_id=connection.pk,
        via="export",
        first_run_id=run.pk,
        changed_run_id=run.pk,
    )
    blob = make(
        apps,
        "media.Blob",
        org=org,
        sha256="e" * 64,
        size_bytes=5,
        media_type="image/png",
        storage_key="e",
    )
    make(apps, "media.StageState", org=org, stage="rendition", blob=blob, status="pending")
    fetch = make(apps, "ingestion.Job", org=org, kind="fetch", is_one_off=False)
    # It was at work when the product was stopped for the new release.
    make(
        apps,
        "ingestion.SyncRun",
        org=org,
        job=fetch,
        kind="fetch",
        state="running",
        lease_token=1,
        lease_owner="a",
        lease_expires_at=then,
        started_at=then,
    )


def link_twice(apps: Apps, org_id: uuid.UUID) -> None:
    """Link one account from two tabs at once, which earlier releases made two connections of."""
    enter(org_id)
    for name in ("Of one tab", "Of another tab"):
        make(
            apps,
            "connectors.Connection",
            org_id=org_id,
            source="pinterest",
            name=name,
            connector="pinterest",
            account_id="9001",
        )


@pytest.fixture(scope="module")
def upgraded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database after the upgrade."""
    name = f"{connections['owner'].settings_dict['NAME']}_upgrade"
    with django_db_blocker.unblock(), database_of_its_own(name):
        owner = connections["owner"]
        state = MigrationExecutor(owner).migrate(FIRST_RELEASE)
        fill(state.apps, ACME, name="Acme", saved=True)
        fill(state.apps, OTHER, name="Other", saved=False)
        state = MigrationExecutor(owner).migrate([("connectors", "0013_accounts_of_connections")])
        link_twice(state.apps, ACME)
        link_twice(state.apps, OTHER)
        owner.close()
        call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        yield


@pytest.mark.parametrize("org_id", [ACME, OTHER])
@pytest.mark.usefixtures("upgraded")
class TestUpgrade:
    def test_keeps_what_was_there(self, org_id: uuid.UUID) -> None:
        tables = ("media_asset", "media_stagestate", "ingestion_assetorigin")
        counts = [rows(f"SELECT count(*) FROM {table}", org_id) for table in tables]
        states = rows("SELECT kind, state FROM ingestion_syncrun ORDER BY kind", org_id)

        assert counts == [[(1,)]] * 3
        end = "succeeded" if org_id == ACME else "failed"
        assert states == [("fetch", "running"), ("import", end)]

    def test_gives_everybody_the_standing_jobs(self, org_id: uuid.UUID) -> None:
        jobs = rows(
            "SELECT kind, state FROM ingestion_job WHERE NOT is_one_off "
            "AND next_due_at IS NOT NULL ORDER BY kind",
            org_id,
        )

        assert jobs == [
            (kind, "active") for kind in ("faces", "fetch", "links", "rendition", "upkeep")
        ]

    def test_tells_how_fresh_the_data_is_from_the_runs_of_before(self, org_id: uuid.UUID) -> None:
        [(state, count, has_success)] = rows(
            "SELECT state, row_count, as_of IS NOT NULL FROM ingestion_datasetstatus "
            "WHERE name = 'saved_items'",
            org_id,
        )

        expected = ("late", True) if org_id == ACME else ("action_required", False)
        assert (state, has_success) == expected
        assert count == 1

    def test_lets_the_work_go_on_that_it_met(self, org_id: uuid.UUID) -> None:
        [limits] = rows(
            "SELECT stall_s > 0, deadline_s > 0 FROM ingestion_syncrun WHERE kind = 'fetch'",
            org_id,
        )

        assert limits == (True, True)

    def test_leaves_an_account_with_the_oldest_of_its_connections(self, org_id: uuid.UUID) -> None:
        accounts = rows(
            "SELECT name, account_id FROM connectors_connection WHERE connector <> '' ORDER BY id",
            org_id,
        )

        assert accounts == [("Of one tab", "9001"), ("Of another tab", "")]

    def test_puts_every_wall_up_again(self, org_id: uuid.UUID) -> None:
        open_tables = rows(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid "
            "WHERE relrowsecurity AND NOT relforcerowsecurity",
            org_id,
        )

        assert open_tables == []
