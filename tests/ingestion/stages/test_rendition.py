"""Renditions are begun only while there is time."""

import io
import itertools

import pytest
from PIL import Image

from media.models import Blob, Rendition, StageState
from media.models.stage import Stage
from media.storage import blob_key, put_bytes
from tenants.models import Organization
from tests.ingestion.stages.units import queue_stage, statuses
from tests.ingestion.support import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def six(in_scope: Organization) -> None:
    """Six blobs that have still no renditions."""
    for number in range(6):
        file = io.BytesIO()
        Image.new("RGB", (40 + number, 30), "teal").save(file, "PNG")
        sha256 = f"{number:064x}"
        blob = Blob.objects.create(
            org=in_scope,
            sha256=sha256,
            size_bytes=file.tell(),
            media_type="image/png",
            storage_key=put_bytes(blob_key(in_scope.pk, sha256), file.getvalue()),
        )
        StageState.objects.create(org=in_scope, stage=Stage.RENDITION, blob=blob)


@pytest.mark.usefixtures("six")
def test_what_had_no_time_to_begin_is_left_as_it_was(in_scope: Organization) -> None:
    # It is asked before each picture, and the slice ends before the fourth.
    answers = itertools.chain([False] * 3, itertools.repeat(True))
    run = work(queue_stage(in_scope, Stage.RENDITION), stop=lambda: next(answers))

    assert (run.state, run.new_count) == ("queued", 3)
    assert statuses(Stage.RENDITION) == {"done": 3, "pending": 3}
    left = StageState.objects.filter(status="pending")
    assert set(left.values_list("attempts", "error_code")) == {(0, "")}
    assert Rendition.objects.values("blob").distinct().count() == 3

    run = work(queue_stage(in_scope, Stage.RENDITION))

    assert (run.state, run.new_count) == ("succeeded", 6)
