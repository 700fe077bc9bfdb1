"""Pictures that come with an export: in the library without a request to anybody."""

import base64
import hashlib
import io
import json

from django.core.files.storage import default_storage
from PIL import Image

from ingestion.models import SyncRun
from ingestion.stages.queueing import start_stage_run
from media.models import Asset, AssetMedia, Blob, StageState
from media.models.stage import Stage
from media.storage import blob_key
from tenants.models import Organization
from tests.ingestion.support import import_bytes, make_due, work


def posts(count: int, color: str = "red") -> tuple[bytes, bytes]:
    """Return a file of posts with the same picture in each, and the picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "PNG")
    image = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    rows = [
        {"post_url": f"https://www.facebook.com/a/posts/{n}", "images": [{"base64": image}]}
        for n in range(count)
    ]
    return json.dumps(rows).encode(), file.getvalue()


def fetch(org: Organization) -> SyncRun:
    run = start_stage_run(org.pk, Stage.FETCH)
    assert run is not None
    make_due(run.pk, org)
    return work(run)


def test_the_bytes_become_a_blob_without_a_request(in_scope: Organization) -> None:
    content, picture = posts(2)

    import_bytes(in_scope, content, name="facebook_scrape_1.json")
    fetch(in_scope)

    blob = Blob.objects.get()
    assert (blob.size_bytes, blob.media_type) == (len(picture), "image/png")
    with default_storage.open(blob.storage_key) as file:
        assert file.read() == picture
    assert set(AssetMedia.objects.values_list("blob", "url")) == {(blob.pk, "")}
    assert set(Asset.objects.values_list("media_status", "stored_count")) == {("image", 1)}
    assert list(StageState.objects.filter(stage="rendition").values_list("blob")) == [(blob.pk,)]


def test_the_same_file_again_changes_nothing(in_scope: Organization) -> None:
    content, _ = posts(2)
    import_bytes(in_scope, content, name="facebook_scrape_1.json")
    fetch(in_scope)

    again = import_bytes(in_scope, content, name="facebook_scrape_1.json")

    assert (again.unchanged_count, again.raw_count) == (2, 2)
    assert start_stage_run(in_scope.pk, Stage.FETCH) is None
    assert Blob.objects.count() == 1


def test_a_preflight_stores_nothing(in_scope: Organization) -> None:
    content, picture = posts(1, color="green")

    import_bytes(in_scope, content, name="facebook_scrape_1.json", is_dry_run=True)

    sha256 = hashlib.sha256(picture).hexdigest()
    assert not default_storage.exists(blob_key(in_scope.pk, sha256))


def test_bytes_that_are_lost_are_said_to_be(in_scope: Organization) -> None:
    content, _ = posts(1, color="blue")
    import_bytes(in_scope, content, name="facebook_scrape_1.json")
    key = AssetMedia.objects.get().key.removeprefix("sha256:")
    default_storage.delete(blob_key(in_scope.pk, key))

    fetch(in_scope)

    state = StageState.objects.get(stage="fetch")
    assert (state.status, state.error_code) == ("failed", "not_found")
