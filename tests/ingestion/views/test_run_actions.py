"""What people do with one run."""

import datetime as dt
from http import HTTPStatus

import pytest
from django.utils import timezone

from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.stages.queueing import start_stage_run
from media.models import StageState
from media.models.stage import StageStatus
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import claimed, import_bytes, queue_import
from tests.ingestion.views.run_pages import address, failed_fetch
from tests.ingestion.views.support import text_of


def state_of(run: SyncRun) -> str:
    with org_scope(run.org_id):
        return SyncRun.objects.values_list("state", flat=True).get(pk=run.pk)


class TestCancel:
    def test_ends_a_run_that_waits_at_once(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        response = member_client.post(address(run, "run_cancel"), follow=True)

        assert state_of(run) == RunState.CANCELLED
        assert "What was done until then is kept." in text_of(response)

    def test_of_a_run_at_work_shows_that_it_ends(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)

        words = text_of(member_client.post(address(run, "run_cancel"), follow=True))

        assert state_of(run) == RunState.RUNNING
        assert "Cancelling…" in words
        assert "It ends with the batch in hand" in words

    def test_of_a_run_that_has_ended_says_so(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        words = text_of(member_client.post(address(run, "run_cancel"), follow=True))

        assert "It had ended already" in words


class TestRetryNow:
    def test_lets_a_run_that_waits_go_on(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.RETRY_WAIT, run_after=timezone.now() + dt.timedelta(hours=1)
            )

        response = member_client.post(address(run, "run_retry_now"), follow=True)

        assert state_of(run) == RunState.QUEUED
        assert "It goes on as soon as a worker is free." in text_of(response)

    def test_of_what_ended_well_is_refused_in_a_sentence(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        words = text_of(member_client.post(address(run, "run_retry_now"), follow=True))

        assert "This run ended well" in words

    def test_of_a_stage_lets_its_pictures_be_tried_before_their_time(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = failed_fetch(org, count=1)
        later = timezone.now() + dt.timedelta(hours=1)
        with org_scope(org.pk):
            StageState.objects.update(status=StageStatus.PENDING, due_at=later)
            waiting = start_stage_run(org.pk, run.kind)
        assert waiting is not None

        member_client.post(address(waiting, "run_retry_now"))

        with org_scope(org.pk):
            [state] = StageState.objects.all()
            assert state.due_at < later
            assert SyncRun.objects.get(pk=waiting.pk).run_after < later


class TestRetryFailed:
    def test_puts_what_failed_in_line_again_and_leads_to_the_run_that_does_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = failed_fetch(org, count=2)

        response = member_client.post(address(run, "run_retry_failed"), follow=True)

        [(leads_to, _)] = response.redirect_chain
        assert str(run.pk) not in leads_to
        assert "2 items in line to be tried again." in text_of(response)
        with org_scope(org.pk):
            assert not StageState.objects.filter(status=StageStatus.FAILED).exists()


@pytest.mark.parametrize("name", ["run_cancel", "run_retry_now", "run_retry_failed"])
def test_viewers_only_look(org: Organization, client_for: ClientFor, name: str) -> None:
    run = queue_import(org, as_zip(quirky_rows()))

    response = client_for(Role.VIEWER).post(address(run, name))

    assert response.status_code == HTTPStatus.FORBIDDEN
