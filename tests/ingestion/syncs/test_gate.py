"""An account is linked and read only as long as the operator lets it be."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from connectors.base import connector_named
from connectors.credentials import Tokens
from connectors.errors import PolicyClosedError
from connectors.models import Connection, Decision, Keep
from connectors.policy import gate_of
from ingestion.control import run_now
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.syncs.kind import SyncKind, _sweep_every
from ingestion.syncs.services import link_account
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_production(settings: Settings) -> None:
    settings.IS_LOCAL = False


def link(by: User) -> Job:
    connector = connector_named(OFFICIAL)
    granted = tuple(scope.name for scope in connector.scopes)
    until = timezone.now() + dt.timedelta(days=30)
    tokens = Tokens("hush-access", "hush-refresh", until, None, granted)
    return link_account(connector, tokens, account_id="9001", account_name="ada", by=by)


def waiting(job: Job) -> SyncRun:
    run = SyncRun.objects.get(job=job, state=RunState.QUEUED)
    make_due(run.pk, job.org)
    return run


def test_no_account_is_linked_before(in_scope: Organization, owner_user: User) -> None:
    with pytest.raises(PolicyClosedError, match="nobody has recorded a review"):
        link(owner_user)

    assert not Connection.objects.filter(connector=OFFICIAL).exists()
    review(OFFICIAL)
    assert link(owner_user).state == JobState.ACTIVE


def test_a_scheduled_run_stops_with_the_reason_and_asks_for_somebody(
    in_scope: Organization, owner_user: User
) -> None:
    review(OFFICIAL)
    job = link(owner_user)
    review(OFFICIAL, decision=Decision.REFUSED)

    run = work(waiting(job))

    assert (run.state, run.error_code, run.failure_type) == (
        RunState.ACTION_REQUIRED, "not_permitted_yet", "config_error",
    )  # fmt: skip
    assert run.user_message == (
        "Pinterest is switched off here: whoever runs this installation has refused it."
    )
    job.refresh_from_db()
    # It waits for a person, and is not paused or put away.
    assert (job.state, job.next_due_at) == (JobState.ACTIVE, None)


def test_a_person_starts_it_again_once_it_is_open(in_scope: Organization, owner_user: User) -> None:
    review(OFFICIAL)
    job = link(owner_user)
    review(OFFICIAL, terms_read_on=dt.date(2024, 1, 1))
    work(waiting(job))

    with pytest.raises(PolicyClosedError, match="read anew on 11 December 2025"):
        run_now(job, owner_user)
    assert not SyncRun.objects.filter(job=job, state=RunState.QUEUED).exists()

    review(OFFICIAL)
    assert run_now(job, owner_user).run.state == RunState.QUEUED


@pytest.mark.parametrize(
    ("days", "asked", "expected"), [(None, 7, 7.0), (30, 7, 7.0), (6, 7, 3.0), (1, 90, 0.5)]
)
def test_what_may_expire_is_seen_again_well_before(
    org: Organization, owner_user: User, days: int | None, asked: int, expected: float
) -> None:
    with org_scope(org.pk):
        review(OFFICIAL, keep=Keep.DAYS if days else Keep.ALWAYS, keep_days=days)
        job = link(owner_user)
        job.params = SyncKind().clean_params({"sweep_days": asked})
        run = waiting(job)
        run.job = job

        assert _sweep_every(run, gate_of(OFFICIAL)) == dt.timedelta(days=expected)
