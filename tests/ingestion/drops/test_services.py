"""Watching a folder, and stopping."""

import pytest

from connectors.items import Source
from connectors.models import Connection
from ingestion.control import pause
from ingestion.drops.errors import DropFolderError, DropFolderMissingError
from ingestion.drops.queries import folder_choices
from ingestion.drops.services import HOURLY, chosen_connection, stop_watching, watch_folder
from ingestion.errors import CadenceInvalidError, ParamsInvalidError
from ingestion.freshness.states import Freshness
from ingestion.imports.kind import default_connection
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState, Trigger
from ingestion.schedule.cadence import Cadence
from tenants.models import Organization
from tests.ingestion.drops.support import space_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pins(in_scope: Organization) -> Connection:
    return default_connection(in_scope.pk, Source.PINTEREST)


class TestWatchFolder:
    def test_makes_the_folder_and_looks_at_once_and_then_every_hour(
        self, in_scope: Organization, pins: Connection
    ) -> None:
        job = watch_folder(pins, "exports/pins/", by=None)

        job = Job.objects.get(pk=job.pk)
        assert (job.kind, job.params, job.cadence) == (
            JobKind.DROP,
            {"folder": "exports/pins"},
            HOURLY,
        )
        assert job.next_due_at is not None
        assert (space_of(in_scope) / "exports/pins").is_dir()
        assert SyncRun.objects.get(job=job).trigger == Trigger.PERSON

    def test_a_second_time_moves_the_one_folder_of_a_connection(self, pins: Connection) -> None:
        first = watch_folder(pins, "old", by=None)

        second = watch_folder(pins, "new", Cadence(cron="0 4 * * *"), by=None)

        job = Job.objects.get(kind=JobKind.DROP)
        assert first.pk == second.pk == job.pk
        assert (job.params, job.interval_s, job.cron) == ({"folder": "new"}, None, "0 4 * * *")

    @pytest.mark.parametrize(
        "folder", ["..", "a/../b", "/etc", "a//b", ".hidden", "a\\b", "a\x00b", "x" * 300, "a/" * 9]
    )
    def test_refuses_what_is_no_plain_folder_of_ones_own(
        self, pins: Connection, folder: str
    ) -> None:
        with pytest.raises(ParamsInvalidError, match="folder: "):
            watch_folder(pins, folder, by=None)

        assert not Job.objects.filter(kind=JobKind.DROP).exists()

    def test_refuses_a_schedule_that_cannot_be_meant(self, pins: Connection) -> None:
        with pytest.raises(CadenceInvalidError):
            watch_folder(pins, "", Cadence(interval_s=1), by=None)

    @pytest.mark.parametrize("folder", ["", "exports", "exports/inner"])
    def test_refuses_a_folder_in_or_around_another_connections(
        self, in_scope: Organization, pins: Connection, folder: str
    ) -> None:
        watch_folder(pins, "exports", by=None)
        other = default_connection(in_scope.pk, Source.FACEBOOK)

        with pytest.raises(DropFolderError, match="watches “exports” already"):
            watch_folder(other, folder, by=None)

    def test_resumes_a_job_that_was_paused_and_says_so(self, pins: Connection) -> None:
        job = watch_folder(pins, "exports", by=None)
        DatasetStatus.objects.create(org_id=job.org_id, connection=pins, name="drop_folder")
        pause(job, None)
        paused = DatasetStatus.objects.get(name="drop_folder").state

        job = watch_folder(pins, "exports", by=None)

        assert (job.state, job.paused_at, job.pause_reason) == (JobState.ACTIVE, None, "")
        assert paused == Freshness.PAUSED
        assert DatasetStatus.objects.get(name="drop_folder").state != Freshness.PAUSED

    @pytest.mark.parametrize("folder", ["evil", "evil/made/deep", "plain/evil/made"])
    def test_makes_nothing_behind_a_link_out_of_the_space(
        self, in_scope: Organization, other_org: Organization, pins: Connection, folder: str
    ) -> None:
        theirs = space_of(other_org)
        theirs.mkdir(parents=True)
        (space_of(in_scope) / "plain").mkdir(parents=True)
        for place in (space_of(in_scope), space_of(in_scope) / "plain"):
            (place / "evil").symlink_to(theirs)

        with pytest.raises(DropFolderMissingError, match="cannot make this folder"):
            watch_folder(pins, folder, by=None)

        assert list(theirs.iterdir()) == []
        assert not Job.objects.filter(kind=JobKind.DROP).exists()

    def test_is_no_matter_of_another_organizations_folders(
        self, in_scope: Organization, other_org: Organization, pins: Connection
    ) -> None:
        watch_folder(pins, "", by=None)

        assert not (space_of(other_org)).exists()


class TestStopWatching:
    def test_ends_its_runs_and_makes_no_more(self, pins: Connection) -> None:
        job = watch_folder(pins, "", by=None)
        DatasetStatus.objects.create(org_id=job.org_id, connection=pins, name="drop_folder")

        stop_watching(job, by=None)

        job = Job.objects.get(pk=job.pk)
        assert (job.state, job.next_due_at) == (JobState.ARCHIVED, None)
        assert SyncRun.objects.get(job=job).state == RunState.CANCELLED
        assert not DatasetStatus.objects.filter(name="drop_folder").exists()

    def test_leaves_a_folder_that_can_be_watched_again(self, pins: Connection) -> None:
        job = watch_folder(pins, "", by=None)
        stop_watching(job, by=None)

        again = watch_folder(pins, "", by=None)

        assert (again.pk, again.state, again.archived_at) == (job.pk, JobState.ACTIVE, None)


class TestChoices:
    def test_are_connections_and_sources_that_have_none(
        self, pins: Connection, other_org: Organization
    ) -> None:
        assert folder_choices() == [
            (str(pins.pk), "Pinterest export (Pinterest)"),
            ("new:facebook", "Facebook, as a new connection"),
        ]

    def test_of_a_new_one_makes_it(self, in_scope: Organization) -> None:
        made = chosen_connection(in_scope, "new:facebook")

        assert (made.source, made.is_default) == ("facebook", True)
        assert chosen_connection(in_scope, str(made.pk)) == made
