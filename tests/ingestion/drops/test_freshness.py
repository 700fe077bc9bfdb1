"""How many files a folder holds, and a folder that is empty all of a sudden."""

import pytest

from ingestion.freshness.lines import lines_of
from ingestion.freshness.words import SUDDENLY_EMPTY
from ingestion.models import DatasetStatus
from ingestion.models.run import RunMode
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_zip, pin
from tests.ingestion.drops.support import look, put, watched
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


def test_the_pipelines_say_so_too(org: Organization, member_client: MemberClient) -> None:
    file = put(org, "in/1.zip", as_zip([pin(1)]))
    job = watched(org, "in")
    look(job)
    file.unlink()
    look(job)

    page = member_client.get(org_reverse(org, "ingestion:pipelines"))

    assert "was empty the last time" in text_of(page)
