"""Sites that answer 429 are left alone for as long as they ask; it costs no try."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from ingestion.models import SyncRun
from ingestion.models.run import RunState
from media.again import hasten
from media.models import StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.sites import PictureSite, picture_site
from tests.ingestion.stages.units import queue_pictures, statuses, work_stage

pytestmark = pytest.mark.django_db

# The guard's limit for a host that is not Pinterest's: so many are under way at the first answer.
AT_ONCE = 8
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def busy() -> Iterator[PictureSite]:
    with picture_site() as site:
        site.asks_to_wait = "3600"
        yield site


@pytest.fixture
def other() -> Iterator[PictureSite]:
    with picture_site() as site:
        yield site


@pytest.fixture(autouse=True)
def mapped(busy: PictureSite, other: PictureSite) -> Iterator[None]:
    hosts = {"busy.example.com": busy.address, "other.example.com": other.address}
    with override_settings(FETCH_HOST_MAP=hosts):
        yield


def pictures_of(site: str, count: int) -> list[str]:
    return [f"https://{site}.example.com/{number}.jpg" for number in range(count)]


def let_time_pass() -> None:
    """Let the wait of every picture be over, as if it had begun that much earlier."""
    waited = F("due_at") - F("updated_at")
    now = timezone.now()
    StageState.objects.filter(stage="fetch").update(
        updated_at=now - HOUR - waited, due_at=now - HOUR
    )


def waits() -> set[int]:
    """Return for how many minutes from now pictures wait."""
    due = StageState.objects.filter(status="pending").values_list("due_at", flat=True)
    return {round((moment - timezone.now()) / MINUTE) for moment in due}


class TestASiteThatAsksToWait:
    def test_is_asked_no_more_and_holds_all_its_pictures_back(
        self, in_scope: Organization, busy: PictureSite
    ) -> None:
        queue_pictures(in_scope, pictures_of("busy", 40))

        run = work_stage(in_scope, Stage.FETCH)

        assert (run.state, run.failed_count) == (RunState.SUCCEEDED, 0)
        assert len(busy.asked) <= AT_ONCE
        assert waits() == {60}
        assert set(StageState.objects.values_list("status", "attempts", "error_code")) == {
            ("pending", 0, "rate_limited")
        }
        # The next run comes when the site may be asked again.
        following = SyncRun.objects.open().get(kind=Stage.FETCH)
        assert following.run_after - timezone.now() > 59 * MINUTE

    def test_ends_no_picture_however_often_it_asks(
        self, in_scope: Organization, busy: PictureSite
    ) -> None:
        queue_pictures(in_scope, pictures_of("busy", 40))

        for _ in range(7):
            work_stage(in_scope, Stage.FETCH)
            let_time_pass()
        busy.asks_to_wait = None
        work_stage(in_scope, Stage.FETCH)

        assert statuses(Stage.FETCH) == {"done": 40}
        assert set(StageState.objects.filter(stage="fetch").values_list("attempts", flat=True)) == {
            1
        }
        assert len(busy.asked) <= 7 * AT_ONCE + 40

    def test_holds_up_no_other_site(self, in_scope: Organization) -> None:
        queue_pictures(in_scope, [*pictures_of("busy", 20), *pictures_of("other", 20)])

        run = work_stage(in_scope, Stage.FETCH)

        assert run.new_count == 20
        assert statuses(Stage.FETCH) == {"pending": 20, "done": 20}

    def test_is_not_hurried_by_people(self, in_scope: Organization, busy: PictureSite) -> None:
        queue_pictures(in_scope, pictures_of("busy", 1))
        work_stage(in_scope, Stage.FETCH)

        assert hasten(Stage.FETCH) == 0
        work_stage(in_scope, Stage.FETCH)

        assert len(busy.asked) == 1

    def test_is_left_alone_for_longer_each_time_where_it_names_no_time(
        self, in_scope: Organization, busy: PictureSite
    ) -> None:
        busy.asks_to_wait = ""
        queue_pictures(in_scope, pictures_of("busy", 10))

        found = []
        for _ in range(6):
            work_stage(in_scope, Stage.FETCH)
            found.append(waits())
            let_time_pass()

        assert found == [{5}, {10}, {20}, {40}, {60}, {60}]

    def test_is_not_asked_again_at_once_though_it_says_so(
        self, in_scope: Organization, busy: PictureSite
    ) -> None:
        busy.asks_to_wait = "0"
        queue_pictures(in_scope, pictures_of("busy", 1))

        work_stage(in_scope, Stage.FETCH)

        assert len(busy.asked) == 1

    def test_alone_waits_a_picture_that_has_addresses_elsewhere(
        self, in_scope: Organization, other: PictureSite
    ) -> None:
        other.asks_to_wait = "3600"
        queue_pictures(
            in_scope,
            ["https://busy.example.com/none.jpg"],
            fallbacks=["https://other.example.com/1.jpg"],
        )
        with picture_site() as fine:
            hosts = {"busy.example.com": fine.address, "other.example.com": other.address}
            with override_settings(FETCH_HOST_MAP=hosts):
                queue_pictures(in_scope, pictures_of("busy", 3))
                work_stage(in_scope, Stage.FETCH)

        assert statuses(Stage.FETCH) == {"pending": 1, "done": 3}
