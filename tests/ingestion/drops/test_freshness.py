"""How many files a folder holds, and a folder that is empty all of a sudden."""

import pytest

from ingestion.drops.errors import DropFolderMissingError
from ingestion.drops.services import stop_watching
from ingestion.engine import runs
from ingestion.freshness.lines import lines_of
from ingestion.freshness.words import SUDDENLY_EMPTY
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.run import RunMode, RunState
from ingestion.taxonomy import classify
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_zip, pin
from tests.ingestion.drops.support import look, put, queue_look, watched
from tests.ingestion.support import claimed
from tests.ingestion.views.support import text_of

pytestmark = pytest.mark.django_db


def known(org: Organization) -> tuple[str, int, str]:
    with org_scope(org.pk):
        status = DatasetStatus.objects.get(name="drop_folder")
    return status.state, status.row_count, status.warning_code


def test_a_folder_that_held_files_and_holds_none_is_a_warning(org: Organization) -> None:
    file = put(org, "in/1.zip", as_zip([pin(1)]))
    job = watched(org, "in")
    look(job)
    assert known(org) == ("fresh", 1, "")

    file.unlink()
    look(job)
    assert known(org) == ("fresh", 0, SUDDENLY_EMPTY)
    with org_scope(org.pk):
        [line] = lines_of(["drop_folder"])
    assert "was empty the last time" in line.sentence
    # It stays to be told until there is something again.
    look(job)
    assert known(org) == ("fresh", 0, SUDDENLY_EMPTY)

    put(org, "in/2.zip", as_zip([pin(2)]))
    look(job)
    assert known(org) == ("fresh", 1, "")


def test_a_folder_that_never_held_any_is_none(org: Organization) -> None:
    put(org, "elsewhere/1.zip", as_zip([pin(1)]))
    (put(org, "in/1.zip", as_zip([pin(1)]))).unlink()

    look(watched(org, "in"))

    assert known(org) == ("fresh", 0, "")


def test_a_look_for_what_failed_counts_nothing(org: Organization) -> None:
    file = put(org, "in/1.zip", as_zip([pin(1)]))
    job = watched(org, "in")
    look(job)

    file.unlink()
    look(job, mode=RunMode.FAILED)

    assert known(org) == ("fresh", 1, "")


def test_a_last_look_that_fails_when_nobody_watches_any_more_tells_nothing(
    org: Organization,
) -> None:
    job = watched(org)
    held = claimed(queue_look(job))
    with org_scope(org.pk):
        stop_watching(Job.objects.get(pk=job.pk), by=None)

        runs.fail_run(held, classify(DropFolderMissingError("It is gone.")))

        assert SyncRun.objects.get(pk=held.run_id).state == RunState.CANCELLED
        assert not DatasetStatus.objects.filter(name="drop_folder").exists()


def test_the_pipelines_say_so_too(org: Organization, member_client: MemberClient) -> None:
    file = put(org, "in/1.zip", as_zip([pin(1)]))
    job = watched(org, "in")
    look(job)
    file.unlink()
    look(job)

    page = member_client.get(org_reverse(org, "ingestion:pipelines"))

    assert "was empty the last time" in text_of(page)
