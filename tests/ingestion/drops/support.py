"""Folders in tests: watched, filled and looked at."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import time_machine
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone

from connectors.items import Source
from connectors.models import Connection
from ingestion.drops.services import watch_folder
from ingestion.engine.runs import start_run
from ingestion.imports.kind import default_connection
from ingestion.models import DatasetStatus, Job, RunItem, SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_json, pin
from tests.ingestion.support import counts, make_due, work


def space_of(org: Organization) -> Path:
    """Return the folder of the organization."""
    storage = storages["drops"]
    assert isinstance(storage, FileSystemStorage)
    return Path(storage.path(str(org.pk)))


def put(org: Organization, path: str, content: bytes, *, age_days: float = 1) -> Path:
    """Put a file into the organization's space that was changed some days ago."""
    place = space_of(org) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    at = (timezone.now() - dt.timedelta(days=age_days)).timestamp()
    os.utime(place, (at, at))
    return place


def pinterest(org: Organization) -> Connection:
    """Return the organization's connection to Pinterest."""
    with org_scope(org.pk):
        return default_connection(org.pk, Source.PINTEREST)


def watched(org: Organization, folder: str = "") -> Job:
    """Watch a folder of the organization, without the look that follows at once."""
    with org_scope(org.pk):
        job = watch_folder(default_connection(org.pk, Source.PINTEREST), folder, by=None)
        SyncRun.objects.filter(job=job).update(state=RunState.CANCELLED, finished_at=timezone.now())
    return job


@contextmanager
def later(**span: float) -> Iterator[None]:
    """Let time have passed: two minutes, so that files have settled, where nothing is said."""
    passed = dt.timedelta(**(span or {"minutes": 2}))
    with time_machine.travel(timezone.now() + passed, tick=False):
        yield


def queue_look(job: Job, **options: Any) -> SyncRun:
    """Queue a look that is due."""
    with org_scope(job.org_id):
        run = start_run(job, **options)
        make_due(run.pk, job.org)
    return run


def look(job: Job, **options: Any) -> SyncRun:
    """Look at the folder once, when what lies in it has settled."""
    with later():
        return work(queue_look(job, **options))


def import_all(org: Organization) -> list[SyncRun]:
    """Work what is queued of imports until nothing is; return the runs that wrote."""
    while True:
        with org_scope(org.pk):
            waiting = SyncRun.objects.filter(kind="import", state=RunState.QUEUED)
            runs = list(waiting.order_by("created_at", "pk"))
        if not runs:
            break
        for run in runs:
            make_due(run.pk, org)
            work(run)
    with org_scope(org.pk):
        return list(SyncRun.objects.filter(kind="import", is_dry_run=False).order_by("pk"))


def imports_of(org: Organization) -> list[Job]:
    """Return the imports, oldest first."""
    with org_scope(org.pk):
        return list(Job.objects.filter(kind="import").order_by("pk"))


def assets_of(org: Organization) -> int:
    """Return how many assets the organization has."""
    with org_scope(org.pk):
        return Asset.objects.count()


def pins(*numbers: int) -> bytes:
    """Return an export of these pins."""
    return as_json([pin(number) for number in numbers])


def tally(run: SyncRun) -> tuple[int, int, int, int, int]:
    """Return files seen, imported, known, refused, and on their way."""
    found = counts(run)
    return found["raw"], found["new"], found["unchanged"], found["failed"], found["skipped"]


def items_of(run: SyncRun) -> list[tuple[str, str, str]]:
    """Return path, outcome and reason of each file that a look met."""
    with org_scope(run.org_id):
        rows = RunItem.objects.filter(run=run).order_by("ordinal")
        return list(rows.values_list("source_ref", "outcome", "reason"))


def status_of(org: Organization) -> DatasetStatus:
    """Return how fresh the folder is."""
    with org_scope(org.pk):
        return DatasetStatus.objects.select_related("connection").get(name="drop_folder")
