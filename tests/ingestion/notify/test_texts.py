"""Each sentence says what, since when, why, and where it is mended."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from ingestion.models import DatasetStatus, Job
from ingestion.notify import texts
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.ingestion.notify.support import (
    ACTION,
    DAY,
    FRESH,
    LATE,
    NOON,
    PAUSED,
    STALE,
    connection,
    dataset,
)

pytestmark = pytest.mark.django_db

AS_OF = "What you see is as of Monday, 4 May, 12:00 (UTC)."


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def made(org: Organization, name: str = "pictures", **values: Any) -> DatasetStatus:
    status = dataset(org, name, **values)
    with org_scope(org.pk):
        return DatasetStatus.objects.select_related("connection", "job").get(pk=status.pk)


def line(org: Organization, status: DatasetStatus) -> str:
    """Return the path of the line of a dataset that has no schedule."""
    return f"{org_reverse(org, texts.PIPELINES)}#line-{status.pk}"


def test_leads_to_the_line_of_its_job(org: Organization) -> None:
    with org_scope(org.pk):
        job = Job.objects.get(kind="fetch")

    path = texts.recovery(org, made(org, job=job)).path

    assert path == f"{org_reverse(org, texts.PIPELINES)}#line-{job.pk}"


def test_of_a_failure_that_can_be_tried_again(org: Organization) -> None:
    status = made(org, error_code="source_timeout", user_message="The site did not answer in time.")

    assert texts.trouble(org, status, STALE) == texts.Message(
        "Pictures of Acme are out of date",
        f"{AS_OF} The site did not answer in time. Open Pipelines to try again.",
        line(org, status),
    )


def test_of_what_is_late_without_a_failure(org: Organization) -> None:
    source = connection(org, "Inspiration")
    status = made(org, "drop_folder", connection=source)

    assert texts.trouble(org, status, LATE) == texts.Message(
        "Drop folder of Inspiration is late",
        f"{AS_OF} It should have been brought up to date by now. Open Pipelines to see how it "
        "goes on.",
        line(org, status),
    )


def test_of_a_file_that_must_be_brought_again(org: Organization) -> None:
    status = made(
        org,
        "saved_items",
        connection=connection(org),
        as_of=None,
        error_code="upload_corrupt",
        user_message="The file is damaged",
    )

    assert texts.trouble(org, status, ACTION) == texts.Message(
        "Saved items of Pinterest need you",
        "Nothing was read so far. The file is damaged. Open Imports to bring the file again.",
        org_reverse(org, texts.IMPORTS),
    )


def test_of_an_export_that_is_old(org: Organization) -> None:
    status = made(org, "saved_items", connection=connection(org), remind_every_s=30 * 86400)

    assert texts.trouble(org, status, LATE) == texts.Message(
        "Saved items of Pinterest: time for a new export",
        f"{AS_OF} Open Imports: it says how to get one, and takes it.",
        org_reverse(org, texts.IMPORTS),
    )


def test_of_what_paused_itself(org: Organization) -> None:
    message = texts.trouble(org, made(org), PAUSED)

    assert message.title == "Pictures of Acme are paused"
    assert message.body == (
        f"{AS_OF} It failed too often and stopped by itself. Open Pipelines to let it go on."
    )


def test_of_a_recovery(org: Organization) -> None:
    status = made(org)

    assert texts.recovery(org, status) == texts.Message(
        "Pictures of Acme are up to date again", AS_OF, line(org, status)
    )


def test_of_what_is_from_another_year(org: Organization) -> None:
    status = made(org, as_of=NOON - 200 * DAY)

    assert texts.recovery(org, status).body == (
        "What you see is as of 18 October 2025, 12:00 (UTC)."
    )


@pytest.mark.parametrize("state", [LATE, STALE, PAUSED, ACTION, FRESH])
def test_fits_the_longest_names(org: Organization, state: str) -> None:
    status = made(org, "n" * 40, connection=connection(org, "c" * 120), job=None)

    found = texts.recovery(org, status) if state == FRESH else texts.trouble(org, status, state)

    assert len(found.title) <= 200
