"""Drop folders in a bucket: an object store on loopback."""

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings
from moto.server import ThreadedMotoServer

from ingestion.drops import bucket
from ingestion.drops.errors import DropFolderCrowdedError, FileChangedError
from ingestion.drops.files import DroppedFile
from ingestion.drops.space import (
    check_unchanged,
    list_files,
    make_folder,
    open_dropped,
    place_of,
)
from ingestion.models import SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_json, as_zip, pin
from tests.ingestion.drops.support import assets_of, import_all, look, watched

BUCKET = "drops"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """The address of an S3 that lives as long as the module's tests."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # of a store in this process
    )
    client.create_bucket(Bucket=BUCKET)
    yield address
    client.close()
    server.stop()


@pytest.fixture(autouse=True)
def in_bucket(object_store: str, drops: object) -> Iterator[None]:
    """Keep the spaces in the bucket, in place of a disk."""
    place: dict[str, Any] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": object_store,
            "region_name": "us-east-1",
            "access_key": "testing",
            "secret_key": "testing",
            "default_acl": None,
            "file_overwrite": True,
        },
    }
    with override_settings(STORAGES={**settings.STORAGES, "drops": place}):
        yield


def put(org: Organization, path: str, content: bytes) -> None:
    storages["drops"].save(f"{org.pk}/{path}", ContentFile(content))


def only_file(org: Organization) -> DroppedFile:
    (file,) = list_files(org.pk, "")
    return file


class TestAListing:
    def test_finds_what_lies_below_the_prefix_and_nothing_beside_it(
        self, org: Organization, other_org: Organization
    ) -> None:
        for path in ("in/a.json", "in/deep/b.zip", "inner/c.json", "d.json"):
            put(org, path, b"some bytes")
        put(other_org, "in/theirs.json", b"other bytes")

        found = [file.path for file in list_files(org.pk, "in")]

        assert sorted(found) == ["in/a.json", "in/deep/b.zip"]
        assert len(list_files(org.pk, "")) == 4
        assert {file.size_bytes for file in list_files(org.pk, "in")} == {10}

    @pytest.mark.parametrize("name", ["a.json.part", ".a.json", ".hidden/a.json", "folder/"])
    def test_leaves_alone_what_is_no_complete_file(self, org: Organization, name: str) -> None:
        client = storages["drops"].bucket.meta.client  # type: ignore[attr-defined]  # an S3's
        client.put_object(Bucket=BUCKET, Key=f"{org.pk}/{name}", Body=b"some bytes")

        assert list_files(org.pk, "") == []

    def test_refuses_what_lies_very_deep(self, org: Organization) -> None:
        put(org, "/".join("abcdefgh") + "/x.json", b"some bytes")

        with pytest.raises(DropFolderCrowdedError, match="deep"):
            list_files(org.pk, "")

    def test_knows_a_prefix_that_nothing_was_put_under(self, org: Organization) -> None:
        make_folder(org.pk, "empty")

        assert list_files(org.pk, "empty") == []
        assert place_of(org.pk, "empty") == f"s3://{BUCKET}/{org.pk}/empty/"


class TestAnObject:
    def test_is_read_in_blocks_from_wherever_somebody_looks(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bucket, "BLOCK", 1000)
        content = bytes(range(256)) * 40
        put(org, "a.bin", content)
        file = only_file(org)

        with open_dropped(org.pk, "a.bin", file.version, file.size_bytes) as handle:
            assert handle.seek(-10, io.SEEK_END) == len(content) - 10
            assert handle.read() == content[-10:]
            handle.seek(5000)
            assert handle.read(2500) == content[5000:7500]
            assert handle.tell() == 7500
            handle.seek(0)
            assert handle.read() == content

    def test_that_was_replaced_is_not_read_on(self, org: Organization) -> None:
        put(org, "a.bin", b"old" * 100)
        file = only_file(org)
        handle = open_dropped(org.pk, "a.bin", file.version, file.size_bytes)
        put(org, "a.bin", b"new" * 100)

        with pytest.raises(FileChangedError):
            handle.read()
        with pytest.raises(FileChangedError):
            check_unchanged(org.pk, file)
        with pytest.raises(FileChangedError):
            open_dropped(org.pk, "a.bin", file.version, file.size_bytes)

    def test_that_was_taken_away_is_told_at_once(self, org: Organization) -> None:
        put(org, "a.bin", b"old")
        file = only_file(org)
        storages["drops"].delete(f"{org.pk}/a.bin")

        with pytest.raises(FileChangedError):
            open_dropped(org.pk, "a.bin", file.version, file.size_bytes)
        with pytest.raises(FileChangedError):
            check_unchanged(org.pk, file)


class TestALook:
    def test_imports_every_new_object_once(self, org: Organization) -> None:
        put(org, "a.json", as_json([pin(1), pin(2)]))
        put(org, "in/b.zip", as_zip([pin(3)]))
        put(org, "in/empty.json", b"")
        job = watched(org)

        first, second = look(job), look(job)
        imported = import_all(org)

        assert (first.state, first.new_count, first.failed_count) == (RunState.WARNINGS, 2, 1)
        assert (second.new_count, second.unchanged_count, second.failed_count) == (0, 2, 1)
        assert [run.state for run in imported] == [RunState.SUCCEEDED] * 2
        assert assets_of(org) == 3

    def test_says_that_an_object_was_replaced_before_its_import(self, org: Organization) -> None:
        put(org, "a.json", as_json([pin(1)]))
        look(watched(org))
        put(org, "a.json", as_json([pin(1), pin(2)]))

        import_all(org)

        with org_scope(org.pk):
            run = SyncRun.objects.get(kind=JobKind.IMPORT)
        assert (run.state, run.error_code) == (RunState.ACTION_REQUIRED, "upload_refused")
