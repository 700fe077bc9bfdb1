"""Fetching from sites that take their time."""

import time
from collections.abc import Iterator

import pytest
from django.test import override_settings

from ingestion.models.run import RunState
from ingestion.stages import base, fetch
from media.models import Asset, AssetMedia, StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.sites import PictureSite, picture_site
from tests.ingestion.stages.units import queue_pictures, queue_stage, statuses, work_stage
from tests.ingestion.support import work

pytestmark = pytest.mark.django_db

# The guard's limit for a host that is not Pinterest's.
AT_ONCE = 8


@pytest.fixture
def slow() -> Iterator[PictureSite]:
    with picture_site(answers_after_s=0.4) as site:
        yield site


@pytest.fixture
def fast() -> Iterator[PictureSite]:
    with picture_site() as site:
        yield site


@pytest.fixture(autouse=True)
def mapped(slow: PictureSite, fast: PictureSite) -> Iterator[None]:
    hosts = {"slow.example.com": slow.address, "fast.example.com": fast.address}
    with override_settings(FETCH_HOST_MAP=hosts):
        yield


def pictures_of(site: str, count: int) -> list[str]:
    return [f"https://{site}.example.com/{number}.jpg" for number in range(count)]


class TestASlowHost:
    def test_has_each_batch_written_in_time_and_all_done_in_the_end(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(base, "BEGIN_S", 0.2)
        queue_pictures(in_scope, pictures_of("slow", 2 * AT_ONCE))

        run = work_stage(in_scope, Stage.FETCH)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 2 * AT_ONCE)
        assert set(StageState.objects.filter(stage="fetch").values_list("status", "attempts")) == {
            ("done", 1)
        }

    def test_leaves_what_was_not_begun_as_it_was(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(base, "BEGIN_S", 0.2)
        queue_pictures(in_scope, pictures_of("slow", 3 * AT_ONCE))
        run = queue_stage(in_scope, Stage.FETCH)
        ends_at = time.monotonic() + 0.2

        run = work(run, stop=lambda: time.monotonic() > ends_at)

        assert (run.state, run.new_count) == (RunState.QUEUED, AT_ONCE)
        assert statuses(Stage.FETCH) == {"done": AT_ONCE, "pending": 2 * AT_ONCE}
        left = StageState.objects.filter(stage="fetch", status="pending")
        assert set(left.values_list("attempts", "error_code")) == {(0, "")}
        assert AssetMedia.objects.exclude(blob=None).count() == AT_ONCE

    def test_does_not_keep_others_waiting(
        self,
        in_scope: Organization,
        slow: PictureSite,
        fast: PictureSite,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(base, "BEGIN_S", 0.2)
        monkeypatch.setattr(fetch.FetchKind, "batch_size", 2 * AT_ONCE)
        asked_of_slow: list[int] = []
        monkeypatch.setattr(fast, "asked", _Noting(slow, asked_of_slow))
        queue_pictures(in_scope, [*pictures_of("slow", 6 * AT_ONCE), *pictures_of("fast", 20)])

        run = work_stage(in_scope, Stage.FETCH)

        assert run.new_count == 6 * AT_ONCE + 20
        # All of the fast host came after one batch of the slow one; on a full machine, after two.
        assert len(asked_of_slow) == 20
        assert max(asked_of_slow) <= 2 * AT_ONCE

    def test_ends_within_one_deadline_for_all_addresses_of_a_picture(
        self, in_scope: Organization, slow: PictureSite
    ) -> None:
        nowhere = [f"https://slow.example.com/none/{number}.jpg" for number in range(4)]
        (state,) = queue_pictures(in_scope, nowhere[:1], fallbacks=nowhere[1:])

        with override_settings(FETCH_DEADLINE_S=0.6):
            work_stage(in_scope, Stage.FETCH)

        state.refresh_from_db()
        assert (state.status, state.attempts, state.error_code) == (
            "pending", 1, "source_timeout",
        )  # fmt: skip
        assert len(slow.asked) == 2


def test_a_fast_host_has_its_whole_batch_at_once(in_scope: Organization, fast: PictureSite) -> None:
    queue_pictures(in_scope, pictures_of("fast", 60))

    run = work_stage(in_scope, Stage.FETCH)

    assert (run.new_count, len(fast.asked)) == (60, 60)


def test_an_asset_tells_at_once_of_the_picture_that_failed(in_scope: Organization) -> None:
    queue_pictures(in_scope, ["https://fast.example.com/none.jpg"])

    run = work_stage(in_scope, Stage.FETCH)

    assert run.state == RunState.WARNINGS
    assert Asset.objects.get().failed_count == 1


class _Noting(list[str]):
    """The paths that a site was asked for; notes what another was asked for by then."""

    def __init__(self, other: PictureSite, counts: list[int]) -> None:
        super().__init__()
        self._other, self._counts = other, counts

    def append(self, path: str) -> None:
        self._counts.append(len(self._other.asked))
        super().append(path)
