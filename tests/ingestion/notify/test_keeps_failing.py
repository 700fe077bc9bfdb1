"""People are told of a job that keeps failing, though what they see may be young enough."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from ingestion.freshness.services import warn
from ingestion.models import DatasetStatus, Job, Notification, SyncRun
from ingestion.models.job import JobKind
from ingestion.notify.inbox import inbox_page
from ingestion.notify.tick import tell
from ingestion.pipelines.flips import recent_flips
from tenants.models import Organization, User
from tests.ingestion.notify.support import (
    ACTION,
    DAY,
    FRESH,
    LATE,
    NOON,
    STALE,
    dataset,
    flip,
    notifications,
    told,
    untold,
)

pytestmark = pytest.mark.django_db

TITLE = "Pictures of Acme keep failing"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def status(in_scope: Organization, owner_user: User) -> DatasetStatus:
    """A dataset whose job was found to fail for long."""
    job = Job.objects.get(kind=JobKind.FETCH)
    Job.objects.filter(pk=job.pk).update(warned_at=NOON, consecutive_failures=12)
    found = dataset(in_scope, job=job, state=FRESH, user_message="The site has trouble")
    warn(job, SyncRun(job=job), now=NOON)
    return found


def test_is_told_once_by_bell_and_mail(
    in_scope: Organization, status: DatasetStatus, owner_user: User
) -> None:
    assert (tell(), tell()) == (1, 0)

    [told_of] = notifications(in_scope)
    assert (told_of.title, told_of.is_recovery, told_of.read_at) == (TITLE, False, None)
    assert "It was tried 12 times in a row, and failed each time." in told_of.body
    assert "The site has trouble." in told_of.body
    assert told_of.mailed_at is None
    [shown] = inbox_page(owner_user).items
    assert (shown.badge, shown.word) == ("danger", "Keeps failing")
    assert untold(in_scope) == 0


@pytest.mark.parametrize("state", [LATE, STALE])
def test_is_told_although_the_data_is_known_to_be_old(
    in_scope: Organization, status: DatasetStatus, state: str
) -> None:
    flip(status, FRESH, state)

    tell()

    assert told(in_scope) == [TITLE]


def test_is_nothing_beside_what_needs_people_today(
    in_scope: Organization, status: DatasetStatus, owner_user: User
) -> None:
    flip(status, FRESH, ACTION)
    assert tell() == 1
    Notification.objects.update(title="needs you", created_at=NOON - dt.timedelta(hours=1))
    assert status.job is not None
    DatasetStatus.objects.update(state=ACTION)
    warn(status.job, SyncRun(job=status.job), now=NOON)

    tell()

    assert told(in_scope) == ["needs you"]


def test_is_nothing_once_a_run_has_succeeded(in_scope: Organization, status: DatasetStatus) -> None:
    Job.objects.update(warned_at=None)

    assert tell() == 0
    assert untold(in_scope) == 0


def test_is_nothing_while_it_is_muted(in_scope: Organization, status: DatasetStatus) -> None:
    DatasetStatus.objects.update(muted_until=NOON + DAY)

    assert tell() == 0


def test_stands_among_the_changes_as_what_it_is(status: DatasetStatus) -> None:
    [shown] = recent_flips()

    assert shown.sentence == "Pictures: its runs keep failing."
