"""Stages that are run again: what is missing, what failed, or all."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from ingestion.control import pause
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from ingestion.stages.queueing import run_again
from media.again import Which
from media.models import Asset, Rendition, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def units(in_scope: Organization) -> list[StageState]:
    """Three pictures: stored, failed, and done without bytes."""
    asset = make_asset(in_scope, "Chair", pictures=3)
    states = []
    for picture, status in zip(
        asset.media.order_by("position"), ("done", "failed", "done"), strict=True
    ):
        states.append(
            StageState.objects.create(
                org=in_scope, stage=Stage.FETCH, media=picture, status=status, attempts=5
            )
        )
    asset.media.filter(position__gt=0).update(blob=None)
    Asset.objects.update(failed_count=1)
    return states


def pending() -> set[object]:
    found = StageState.objects.filter(stage=Stage.FETCH, status=StageStatus.PENDING, attempts=0)
    return set(found.values_list("pk", flat=True))


class TestRunAgain:
    def test_of_what_failed(self, in_scope: Organization, units: list[StageState]) -> None:
        assert run_again(in_scope.pk, Stage.FETCH, Which.FAILED) == 1

        assert pending() == {units[1].pk}
        assert Asset.objects.get().failed_count == 0
        assert SyncRun.objects.get(kind=Stage.FETCH).state == RunState.QUEUED

    def test_of_what_is_missing(self, in_scope: Organization, units: list[StageState]) -> None:
        assert run_again(in_scope.pk, Stage.FETCH, Which.MISSING) == 1

        assert pending() == {units[2].pk}
        assert Asset.objects.get().failed_count == 1

    def test_of_all(self, in_scope: Organization, units: list[StageState]) -> None:
        assert run_again(in_scope.pk, Stage.FETCH, Which.ALL) == 3

        assert pending() == {unit.pk for unit in units}

    def test_takes_in_units_that_nobody_queued(
        self, in_scope: Organization, units: list[StageState]
    ) -> None:
        Rendition.objects.all().delete()

        # The three blobs that the pictures were made with have no state in this stage.
        assert run_again(in_scope.pk, Stage.RENDITION, Which.MISSING) == 3
        # A second time there are no others, and a run that waits for a later try waits no more.
        later = timezone.now() + timedelta(hours=1)
        SyncRun.objects.filter(kind=Stage.RENDITION).update(
            state=RunState.RETRY_WAIT, run_after=later, failed_streak=3
        )
        StageState.objects.filter(stage=Stage.RENDITION).update(due_at=later)
        assert run_again(in_scope.pk, Stage.RENDITION, Which.MISSING) == 3
        run = SyncRun.objects.get(kind=Stage.RENDITION)
        assert (run.state, run.run_after < later) == (RunState.QUEUED, True)


class TestByHand:
    def test_from_the_page(
        self, member_client: Client, org: Organization, units: list[StageState]
    ) -> None:
        response = member_client.post(f"/o/{org.slug}/pictures/fetch/failed/again/", follow=True)

        assert "Fetch pictures: in line over 1 item" in response.content.decode()
        assert response.redirect_chain[-1][0] == f"/o/{org.slug}/pipelines/"
        assert pending() == {units[1].pk}

    def test_of_a_stage_that_is_paused_is_refused_and_says_so(
        self, member_client: Client, org: Organization, units: list[StageState]
    ) -> None:
        pause(Job.objects.get(kind=Stage.FETCH), None)

        response = member_client.post(f"/o/{org.slug}/pictures/fetch/failed/again/", follow=True)

        assert "Resume it first" in response.content.decode()
        assert pending() == set()
        assert not SyncRun.objects.filter(kind=Stage.FETCH).exists()

    def test_leads_back_to_the_page_that_asked(
        self, member_client: Client, org: Organization, units: list[StageState]
    ) -> None:
        page = f"http://testserver/o/{org.slug}/imports/of-some-day/"

        response = member_client.post(
            f"/o/{org.slug}/pictures/fetch/failed/again/", headers={"Referer": page}
        )

        assert response["Location"] == page

    @pytest.mark.parametrize("path", ["fetch/some", "paint/failed"])
    def test_of_what_there_is_not_is_not_found(
        self, member_client: Client, org: Organization, path: str
    ) -> None:
        assert member_client.post(f"/o/{org.slug}/pictures/{path}/again/").status_code == 404

    def test_from_the_command_line(self, org: Organization, units: list[StageState]) -> None:
        out = io.StringIO()

        call_command("run_stage", "fetch", org=org.slug, which="all", stdout=out)

        assert "3 units of fetch are due." in out.getvalue()
        with pytest.raises(CommandError, match="no organization"):
            call_command("run_stage", "fetch", org="nowhere")
