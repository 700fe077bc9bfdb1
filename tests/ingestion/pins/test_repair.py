"""Rows of pins that do not hold together are mended, and those that do are left alone."""

import pytest

from ingestion.models import RunItem
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from ingestion.pins import repair
from media.models import Asset, AssetMedia, SearchDocument, StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.support import counts, work
from tests.media.making import make_asset, make_picture

pytestmark = pytest.mark.django_db


def test_what_does_not_hold_together_is_mended_once(
    org: Organization, other_org: Organization
) -> None:
    title = '{"format": "A sofa", "text": null, "args": []}'
    odd = make_asset(org, title, source_ref="pin:1", media_status="image", picture_count=7)
    other = make_asset(other_org, title, source_ref="pin:1")
    with org_scope(org.pk):
        make_picture(odd)
        lacking = AssetMedia.objects.create(org=org, asset=odd, position=1, key="a", url="u")
        empty = AssetMedia.objects.create(org=org, asset=odd, position=2, key="b", url="u")
        StageState.objects.create(org=org, stage="fetch", media=empty, status="done")
        SearchDocument.objects.filter(asset=odd).delete()

    run = work(queue_pins(org, "repair"))

    with org_scope(org.pk):
        odd.refresh_from_db()
        states = dict(StageState.objects.values_list("media", "status"))
        words = SearchDocument.objects.get(asset=odd).document
        line = RunItem.objects.get(run=run)
    assert (odd.title, odd.source_url) == ("A sofa", "https://www.pinterest.com/pin/1/")
    assert (odd.picture_count, odd.stored_count, odd.media_status) == (3, 1, "image")
    assert states[lacking.pk] == states[empty.pk] == "pending"
    assert "sofa" in words
    assert (line.reason, line.asset_id) == ("no_origin", odd.pk)
    assert run.state == RunState.SUCCEEDED
    with org_scope(other_org.pk):
        other.refresh_from_db()
    assert other.title == title
    assert counts(work(queue_pins(org, "repair")))["updated"] == 0


def test_it_goes_on_behind_the_last_share_and_steps_are_left_out(
    org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "BATCH", 2)
    for number in range(5):
        make_asset(org, source_ref=f"pin:{number + 1}")
    run = work(queue_pins(org, "repair"), stop=lambda: True)
    with org_scope(org.pk):
        assert Asset.objects.exclude(source_url="").count() == 2

    run = work(run)

    with org_scope(org.pk):
        assert Asset.objects.exclude(source_url="").count() == 5
        steps = {step.name: step for step in run.steps.all()}
    assert steps["repair"].changed_count == (steps["repair"].cursor or {})["done"] == 5
    assert steps["normalize"].state == StepState.SKIPPED
    assert steps["normalize"].user_message == "It was not asked for."
