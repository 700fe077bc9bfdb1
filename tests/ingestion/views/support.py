"""What the tests of the pages of imports share."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ingestion.models import Job, SyncRun
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import make_due, work

HTMX = {"HX-Request": "true"}


def export(name: str = "pins.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, as_zip(quirky_rows()))


def address(org: Organization, name: str, job: Job | None = None) -> str:
    arguments = {"job_id": job.pk} if job else {}
    return org_reverse(org, f"ingestion:{name}", **arguments)


def job_of(run: SyncRun) -> Job:
    with org_scope(run.org_id):
        return Job.objects.get(pk=run.job_id)


def runs_of(org: Organization) -> list[SyncRun]:
    with org_scope(org.pk):
        return list(SyncRun.objects.filter(kind="import").order_by("created_at", "pk"))


def work_next(org: Organization) -> SyncRun:
    """Work the organization's newest import run."""
    run = runs_of(org)[-1]
    make_due(run.pk, org)
    return work(run)


def html_of(response: Any) -> str:
    """Return the source of a page, single-spaced."""
    return " ".join(response.content.decode().split())


def text_of(response: Any) -> str:
    """Return the words of a page, single-spaced."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
