"""The pictures of pins are fetched by the batches of the stage, and never beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from connectors.models import Keep
from ingestion.engine.drain import run_slice
from ingestion.imports.foreground import reload
from ingestion.models import RunItem, SyncRun
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from ingestion.pins import pictures
from ingestion.stages import base
from ingestion.stages.fetch import FetchBatches
from media.models import Asset, AssetMedia, StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.policy.reports import linked, report
from tests.ingestion.stages.sites import PictureSite, picture_site
from tests.ingestion.stages.units import queue_pictures, queue_stage, statuses
from tests.ingestion.support import claimed, counts, make_due, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[PictureSite]:
    with picture_site() as site, override_settings(FETCH_HOST_MAP={"i.pinimg.com": site.address}):
        yield site


def addresses(count: int) -> list[str]:
    return [f"https://i.pinimg.com/originals/{number}.jpg" for number in range(count)]


class TestPictures:
    def test_of_pins_are_fetched_and_accounted_for(
        self, in_scope: Organization, site: PictureSite
    ) -> None:
        queue_pictures(in_scope, [*addresses(3), "https://i.pinimg.com/none.jpg"])
        (of_page,) = queue_pictures(in_scope, ["https://i.pinimg.com/page.jpg"])
        Asset.objects.filter(media=of_page.media_id).update(source="web")

        run = work(queue_pins(in_scope, "pictures"))

        assert counts(run) | {"raw": 4, "updated": 3, "failed": 1} == counts(run)
        line = RunItem.objects.get(run=run)
        assert (line.outcome, line.reason) == ("failed", "not_found")
        assert line.detail == "Its picture: It is gone at the source."
        assert AssetMedia.objects.exclude(blob=None).count() == 3
        assert statuses(Stage.FETCH) == {"done": 3, "failed": 1, "pending": 1}
        assert set(Asset.objects.values_list("stored_count", "failed_count")) == {
            (1, 0), (0, 1), (0, 0),
        }  # fmt: skip
        step = run.steps.get(name="pictures")
        assert (step.state, step.changed_count) == (StepState.SUCCEEDED, 3)
        assert (step.cursor or {}) | {"done": 4, "of": 4} == step.cursor
        assert SyncRun.objects.get(kind="rendition").state == RunState.QUEUED

    def test_that_may_be_seen_at_their_source_alone_are_left_alone(
        self, in_scope: Organization, site: PictureSite
    ) -> None:
        review(OFFICIAL, keep=Keep.LIVE, allows_ai=False, allows_faces=False)
        barred, free = queue_pictures(in_scope, addresses(2))
        assert barred.media is not None
        report(barred.media.asset, linked(in_scope))

        run = work(queue_pins(in_scope, "pictures"))

        assert (run.state, counts(run)["raw"]) == (RunState.SUCCEEDED, 1)
        assert site.asked == ["/originals/1.jpg"]
        free.refresh_from_db()
        barred.refresh_from_db()
        assert (free.status, barred.status) == ("done", "pending")

    def test_of_pins_that_show_one_can_be_left_for_the_stage(
        self, in_scope: Organization, site: PictureSite
    ) -> None:
        shown, _ = queue_pictures(in_scope, addresses(2))
        Asset.objects.filter(media=shown.media_id).update(stored_count=1)

        run = work(queue_pins(in_scope, "pictures", only_images=True))

        assert (counts(run)["updated"], site.asked) == (1, ["/originals/1.jpg"])

    def test_in_hand_are_hidden_from_the_stage(
        self, in_scope: Organization, site: PictureSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue_pictures(in_scope, addresses(2))
        seen: list[int] = []
        do = FetchBatches.do

        def watch(batches: FetchBatches, units: Sequence[Any], **told: Any) -> Any:
            due = StageState.objects.filter(stage=Stage.FETCH, due_at__lte=timezone.now())
            seen.append(due.count())
            return do(batches, units, **told)

        monkeypatch.setattr(FetchBatches, "do", watch)

        work(queue_pins(in_scope, "pictures"))

        assert seen == [0]

    def test_are_left_to_a_worker_that_is_at_them(
        self, in_scope: Organization, site: PictureSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue_pictures(in_scope, addresses(3))
        held = claimed(queue_stage(in_scope, Stage.FETCH))
        run = queue_pins(in_scope, "pictures")
        looks: list[int] = []

        def work_beside(_: Any) -> None:
            # After some looks of the step the stage's worker does its part.
            looks.append(len(site.asked))
            if len(looks) == 3:
                run_slice(held, seconds=60)

        monkeypatch.setattr(pictures, "_wait", work_beside)

        run = work(run)

        assert looks == [0, 0, 0]
        assert run.state == RunState.SUCCEEDED
        assert (counts(run)["raw"], len(site.asked)) == (0, 3)
        step = run.steps.get(name="pictures")
        assert (step.cursor or {}) | {"done": 3, "of": 3} == step.cursor

    def test_that_are_given_up_by_a_stop_stand_as_before(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(base, "BEGIN_S", 60.0)
        queue_pictures(in_scope, addresses(3))
        run = queue_pins(in_scope, "pictures")
        with (
            picture_site(answers_after_s=30) as site,
            override_settings(FETCH_HOST_MAP={"i.pinimg.com": site.address}),
        ):
            while run.state in (RunState.QUEUED, RunState.RUNNING) and not site.asked:
                make_due(run.pk, in_scope)
                run = work(run, stop=lambda: len(site.asked) == 3)

            assert len(site.asked) == 3
        left = StageState.objects.filter(stage=Stage.FETCH, due_at__lte=timezone.now())
        assert set(left.values_list("status", "attempts")) == {("pending", 0)}
        assert (left.count(), reload(run).raw_count, run.state) == (3, 0, RunState.QUEUED)
