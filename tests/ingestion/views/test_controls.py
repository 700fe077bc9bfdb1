"""What people do on the Pipeline Manager, with script and without."""

from http import HTTPStatus
from typing import Any

import pytest

from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode, RunState
from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.pipelines.support import ago, make_run, make_source
from tests.ingestion.views.support import HTMX, address, text_of
from tests.media.making import make_asset


def again(job: Job) -> Job:
    """Return the job as it is by now."""
    with org_scope(job.org_id):
        return Job.objects.get(pk=job.pk)


def runs(job: Job) -> list[SyncRun]:
    with org_scope(job.org_id):
        return list(SyncRun.objects.filter(job=job).order_by("created_at", "pk"))


class TestJobRun:
    def test_queues_a_run_and_says_so(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org)

        response = member_client.post(address(org, "job_run", job), follow=True)

        assert [run.state for run in runs(job)] == [RunState.QUEUED]
        assert "Pinterest exports: in line, and begins shortly." in text_of(response)
        assert "Activity: Queued" in text_of(response)

    def test_a_second_one_is_the_first(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        waiting = make_run(job, RunState.QUEUED, started_at=ago(minutes=5))

        response = member_client.post(address(org, "job_run", job), headers=HTMX)

        assert [run.pk for run in runs(job)] == [waiting.pk]
        assert f"already queued at {waiting.created_at:%H:%M} UTC" in text_of(response)
        # One that waits for later comes due by this, and is told so.
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=waiting.pk).update(run_after=ago(minutes=-60))
        response = member_client.post(address(org, "job_run", job), headers=HTMX)
        assert "waits no longer, and begins shortly" in text_of(response)

    def test_htmx_gets_a_toast_and_lets_the_page_follow(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)

        response = member_client.post(address(org, "job_run", job), headers=HTMX)

        assert "magpie:sync-changed" in response["HX-Trigger"]
        assert b'hx-swap-oob="beforeend:#toasts"' in response.content

    def test_a_viewer_may_not(self, org: Organization, client_for: ClientFor) -> None:
        _, job, _ = make_source(org)

        response = client_for(Role.VIEWER).post(address(org, "job_run", job))

        assert response.status_code == HTTPStatus.FORBIDDEN
        assert runs(job) == []


class TestPausing:
    def test_asks_why_on_a_page_of_its_own(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)

        response = member_client.get(address(org, "job_pause", job))

        assert "Why?" in text_of(response)
        assert again(job).state == "active"

    def test_keeps_the_reason_and_offers_the_way_back(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)

        url = address(org, "job_pause", job)
        response = member_client.post(url, {"reason": "Moving house"}, headers=HTMX)

        assert (again(job).state, again(job).pause_reason) == ("paused", "Moving house")
        assert f'action="{address(org, "job_resume", job)}"' in response.content.decode()

    def test_a_reason_that_is_too_long_is_said_and_pauses_nothing(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)

        response = member_client.post(address(org, "job_pause", job), {"reason": "x" * 201})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert again(job).state == "active"

    def test_resuming_lets_it_go_on(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org, job={"state": "paused", "paused_at": ago(hours=1)})

        response = member_client.post(address(org, "job_resume", job), follow=True)

        assert again(job).state == "active"
        assert ": goes on." in text_of(response)


class TestJobCancel:
    def test_ends_what_waits_and_offers_to_run_it_after_all(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.QUEUED)

        response = member_client.post(address(org, "job_cancel", job), headers=HTMX)

        assert [run.state for run in runs(job)] == [RunState.CANCELLED]
        assert f'action="{address(org, "job_run", job)}"' in response.content.decode()

    @pytest.mark.parametrize("part", [{"mode": RunMode.BACKFILL}, {"is_dry_run": True}])
    def test_offers_no_other_run_for_a_part_or_a_trial(
        self, org: Organization, member_client: MemberClient, part: dict[str, Any]
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.QUEUED, **part)

        response = member_client.post(address(org, "job_cancel", job), headers=HTMX)

        assert "Cancelled." in text_of(response)
        assert address(org, "job_run", job) not in response.content.decode()

    def test_what_had_ended_is_told(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org)
        make_run(job)

        response = member_client.post(address(org, "job_cancel", job), headers=HTMX)

        assert "It had ended already" in text_of(response)


class TestJobSchedule:
    def test_shows_the_schedule_and_its_next_times(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        cron = {"interval_s": None, "cron": "30 6 * * 1-5", "timezone": "Europe/Copenhagen"}
        _, job, _ = make_source(org, job=cron)

        response = member_client.get(address(org, "job_schedule", job))

        assert "At 06:30 on Monday through Friday (Europe/Copenhagen)." in text_of(response)
        assert response.content.decode().count("<li>") >= 3

    def test_saves_an_interval(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org)

        response = member_client.post(
            address(org, "job_schedule", job), {"every": "21600"}, follow=True
        )

        assert again(job).interval_s == 21600
        assert "Every 6 hours." in text_of(response)

    def test_saves_a_cron_expression_in_its_time_zone(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        wanted = {"every": "cron", "cron": " 0  7 * * 1 ", "timezone": "Asia/Tokyo"}

        member_client.post(address(org, "job_schedule", job), wanted)

        job = again(job)
        assert (job.interval_s, job.cron, job.timezone) == (None, "0 7 * * 1", "Asia/Tokyo")

    def test_keeps_an_interval_that_is_none_of_the_presets(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org, job={"interval_s": 5400})

        response = member_client.get(address(org, "job_schedule", job))

        assert '<option value="5400" selected>Every 90 minutes</option>' in _source(response)

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ({"every": "cron", "cron": "99 * * * *"}, "no cron expression"),
            ({"every": "cron", "cron": ""}, "Write when"),
            ({"every": "cron", "cron": "* * * * *"}, "at least five minutes"),
            ({"every": "cron", "cron": "0 7 * * *", "timezone": "Mars/North"}, "no time zone"),
            ({"every": "7"}, "not one of the available choices"),
        ],
    )
    def test_what_cannot_be_meant_is_said_beside_it(
        self,
        org: Organization,
        member_client: MemberClient,
        wanted: dict[str, str],
        sentence: str,
    ) -> None:
        _, job, _ = make_source(org)

        response = member_client.post(address(org, "job_schedule", job), wanted)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert sentence in text_of(response)
        assert again(job).interval_s == 3600

    def test_the_preview_follows_what_is_typed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        url = address(org, "job_schedule_preview", job)

        good = member_client.get(url, {"every": "cron", "cron": "0 7 * * *", "timezone": "UTC"})
        bad = member_client.get(url, {"every": "cron", "cron": "0 7"})

        assert "At 07:00 every day (UTC)." in text_of(good)
        assert _source(good).count("07:00 UTC") == 3
        assert "no cron expression" in text_of(bad)

    def test_the_jitter_stays(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org, job={"jitter_s": 600})

        member_client.post(address(org, "job_schedule", job), {"every": "86400"})

        assert again(job).jitter_s == 600


class TestStageRun:
    @pytest.fixture
    def failed(self, org: Organization) -> StageState:
        asset = make_asset(org, pictures=1)
        with org_scope(org.pk):
            media = AssetMedia.objects.get(asset=asset)
            return StageState.objects.create(
                org=org, stage=Stage.FETCH, media=media, status=StageStatus.FAILED
            )

    def test_asks_before_all_is_run_again_and_names_the_count(
        self, org: Organization, member_client: MemberClient, failed: StageState
    ) -> None:
        response = member_client.get(_stage(org, "all"))

        assert "Run the one picture again?" in text_of(response)

    def test_runs_what_failed(
        self, org: Organization, member_client: MemberClient, failed: StageState
    ) -> None:
        response = member_client.post(_stage(org, "failed"), headers=HTMX)

        with org_scope(org.pk):
            run = SyncRun.objects.get(kind=JobKind.FETCH)
            failed.refresh_from_db()
        assert (run.mode, failed.status) == (RunMode.FAILED, StageStatus.PENDING)
        assert "in line over 1 item," in text_of(response)

    def test_says_where_there_is_nothing_to_run(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(_stage(org, "failed"), headers=HTMX)

        assert "Nothing has failed" in text_of(response)


class TestDatasets:
    def test_a_reminder_is_set(self, org: Organization, member_client: MemberClient) -> None:
        status = _brought(org)
        url = org_reverse(org, "ingestion:dataset_reminder", dataset_id=status.pk)

        response = member_client.post(url, {"days": "30"}, follow=True)

        with org_scope(org.pk):
            status.refresh_from_db()
        assert status.remind_every_s == 30 * 86_400
        assert "You will be reminded when the export is 30 days old." in text_of(response)

    def test_a_dataset_is_muted_and_heard_again(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        status = _brought(org)
        url = org_reverse(org, "ingestion:dataset_mute", dataset_id=status.pk)

        member_client.post(url, {"days": "7"})
        with org_scope(org.pk):
            status.refresh_from_db()
        muted_until = status.muted_until
        member_client.post(url, {"days": "0"})
        with org_scope(org.pk):
            status.refresh_from_db()

        assert muted_until is not None
        assert 6.9 < -(ago() - muted_until).total_seconds() / 86_400 < 7.1
        assert (status.muted_until, status.muted_by) == (None, None)

    def test_a_mute_says_for_whom_and_offers_the_way_back(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, _, status = make_source(org, state="stale")
        url = org_reverse(org, "ingestion:dataset_mute", dataset_id=status.pk)
        undo = org_reverse(org, "ingestion:dataset_unmute", dataset_id=status.pk)

        response = member_client.post(url, {"days": "7"}, headers=HTMX)
        assert "Muted for everybody until" in text_of(response)
        assert f'action="{undo}"' in response.content.decode()
        page = member_client.get(address(org, "pipelines"))
        assert f"by {member_client.user}" in text_of(page).partition("Muted for everybody")[2]
        assert f'action="{undo}"' in page.content.decode()

        response = member_client.post(undo, headers=HTMX)

        assert "Everybody hears of it again." in text_of(response)
        assert "Muted" not in text_of(member_client.get(address(org, "pipelines")))

    def test_days_that_are_not_offered_are_refused(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        status = _brought(org)
        url = org_reverse(org, "ingestion:dataset_mute", dataset_id=status.pk)

        response = member_client.post(url, {"days": "4000"})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def _brought(org: Organization) -> DatasetStatus:
    """Return a dataset that people bring: it has no schedule."""
    connection, job, status = make_source(org)
    with org_scope(org.pk):
        DatasetStatus.objects.filter(pk=status.pk).update(job=None, name="saved_items")
        job.delete()
        return DatasetStatus.objects.get(connection=connection)


def _stage(org: Organization, which: str) -> str:
    return org_reverse(org, "ingestion:stage_run", stage="fetch", which=which)


def _source(response: Any) -> str:
    return str(response.content.decode())
