"""How far a stage is, while it works and while all of it is made once more."""

from typing import Any

import pytest

from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.pipelines.cards import StageCard
from ingestion.pipelines.reads import Asked, manager_of
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.pipelines.support import ago, make_run
from tests.ingestion.views.support import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(org: Organization) -> Job:
    with org_scope(org.pk):
        return Job.objects.get(kind=JobKind.RENDITION)


def count(job: Job, **counts: Any) -> None:
    with org_scope(job.org_id):
        DatasetStatus.objects.update_or_create(
            org_id=job.org_id, name="thumbnails", defaults={"job": job, **counts}
        )


def card(org: Organization) -> StageCard:
    with org_scope(org.pk):
        [found] = [
            each
            for each in manager_of(org, Asked()).stages
            if each.line.job is not None and each.line.job.kind == JobKind.RENDITION
        ]
    return found


def words(client: MemberClient, org: Organization) -> str:
    page = text_of(client.get(org_reverse(org, "ingestion:pipelines")))
    return page[page.index("Thumbnails") if "Thumbnails" in page else page.index("Make thumb") :]


def test_that_is_made_once_more_is_covered_all_the_time(
    org: Organization, job: Job, member_client: MemberClient
) -> None:
    count(job, total_count=61, row_count=61, pending_count=61, counted_at=ago(minutes=5))
    make_run(job, RunState.RUNNING, started_at=ago(minutes=1), raw_count=20, new_count=20)

    found = card(org)

    assert (found.done, found.total, found.percent) == (61, 61, 100)
    assert (found.to_do, found.missing) == (41, 0)
    assert "Run missing" not in words(member_client, org)


def test_that_is_made_for_the_first_time_grows_with_the_run(org: Organization, job: Job) -> None:
    count(job, total_count=61, pending_count=60, failed_count=1, counted_at=ago(minutes=5))
    make_run(
        job, RunState.RUNNING, started_at=ago(minutes=1), raw_count=20, new_count=18, failed_count=2
    )

    found = card(org)

    assert (found.done, found.to_do, found.percent) == (18, 40, 29)


def test_that_was_counted_during_the_run_is_as_it_was_counted(org: Organization, job: Job) -> None:
    count(job, total_count=61, row_count=30, pending_count=31, counted_at=ago(seconds=5))
    make_run(job, RunState.RUNNING, started_at=ago(minutes=1), raw_count=35, new_count=35)

    found = card(org)

    assert (found.done, found.to_do) == (30, 31)


def test_before_anything_was_counted_is_what_the_run_has_made(
    org: Organization, job: Job, member_client: MemberClient
) -> None:
    make_run(job, RunState.RUNNING, started_at=ago(minutes=1), raw_count=58, new_count=58)

    said = words(member_client, org)

    assert "58 so far" in said
    assert "58 pictures" in said
    assert "100 %" not in said


def test_of_nothing_is_no_share_of_it(
    org: Organization, job: Job, member_client: MemberClient
) -> None:
    said = words(member_client, org)

    assert "Nothing to do yet" in said
    assert " %" not in said
