"""The look at a file before anything is written."""

from typing import Any

from django.apps import apps
from django.db import connection

from ingestion.engine.runs import start_run
from ingestion.imports.services import start_import
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.run import RunMode, RunState
from media.models import Asset
from tenants.models import Organization
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import counts, import_bytes, queue_import, reasons

# What an import itself consists of: all that a dry run may write.
OF_ITSELF = {
    "connectors_connection",
    "django_q_ormq",
    "ingestion_importfile",
    "ingestion_job",
    "ingestion_orgschedule",
    "ingestion_runattempt",
    "ingestion_runevent",
    "ingestion_runitem",
    "ingestion_sourcecheckpoint",
    "ingestion_syncrun",
}


def contents() -> dict[str, Any]:
    """Return the number of rows of every table, and a hash over them."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table in OF_ITSELF:
                continue
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"
            )
            found[table] = cursor.fetchone()
    return found


class TestPreflight:
    def test_writes_nothing_but_itself(self, in_scope: Organization) -> None:
        import_bytes(in_scope, as_json(quirky_rows()[:20]), name="pins.json")
        before = contents()

        run = import_bytes(in_scope, as_zip(quirky_rows()), is_dry_run=True)

        assert run.state == RunState.SUCCEEDED
        assert contents() == before

    def test_says_what_the_import_then_does(self, in_scope: Organization) -> None:
        import_bytes(in_scope, as_json(quirky_rows()[:20]), name="pins.json")
        rows = quirky_rows()
        rows[2] = pin(2, title="Changed")
        rows[5] = pin(5, board={"id": "1", "name": "Another", "url": "/a/b/"})

        look = import_bytes(in_scope, as_zip(rows), is_dry_run=True)
        run = import_bytes(in_scope, as_zip(rows))

        assert counts(look) == counts(run)
        assert reasons(look) == reasons(run)
        assert look.reference_only_count == run.reference_only_count
        assert look.with_picture_count == run.with_picture_count

    def test_leaves_no_asset_in_its_ledger(self, in_scope: Organization) -> None:
        look = import_bytes(in_scope, as_zip(quirky_rows()), is_dry_run=True)

        assert not RunItem.objects.filter(run=look, asset_id__isnull=False).exists()

    def test_says_what_kind_of_file_it_is(self, in_scope: Organization) -> None:
        look = import_bytes(in_scope, as_zip(quirky_rows()), is_dry_run=True)

        params = Job.objects.get(pk=look.job_id).params
        assert params["reader_label"] == "Pinterest crawler export"
        assert {reason for _, reason in params["skipped_members"]} == {"twin"}

    def test_is_called_off_by_the_import_that_follows(self, in_scope: Organization) -> None:
        look = queue_import(in_scope, as_zip(quirky_rows()), is_dry_run=True)

        start_import(Job.objects.get(pk=look.job_id), by=None)

        look.refresh_from_db()
        assert look.state == RunState.CANCELLED
        assert SyncRun.objects.filter(is_dry_run=False, state=RunState.QUEUED).count() == 1
        assert not Asset.objects.exists()


class TestStartingAnImport:
    def test_of_which_a_part_is_in_line_queues_the_whole_behind_it(
        self, in_scope: Organization
    ) -> None:
        done = import_bytes(in_scope, as_zip(quirky_rows()))
        job = Job.objects.get(pk=done.job_id)
        part = start_run(job, mode=RunMode.FAILED, of_run_id=done.pk)

        whole, again = start_import(job, by=None), start_import(job, by=None)

        assert (whole.mode, whole.state) == (RunMode.NORMAL, RunState.QUEUED)
        assert again.pk == whole.pk
        part.refresh_from_db()
        assert part.state == RunState.QUEUED
