"""Storage of both kinds: a directory, and an object store on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.test import override_settings
from moto.server import ThreadedMotoServer

BUCKET = "pictures"


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """The address of an S3 that lives as long as the module's tests."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=address, **_keys())
    client.create_bucket(Bucket=BUCKET)
    yield address
    client.close()
    server.stop()


@pytest.fixture(params=["directory", "object store"])
def any_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Run the test once on each kind of storage."""
    backend: dict[str, Any] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    if request.param == "object store":
        keys = _keys()
        backend = {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "endpoint_url": request.getfixturevalue("object_store"),
                "region_name": keys["region_name"],
                "access_key": keys["aws_access_key_id"],
                "secret_key": keys["aws_secret_access_key"],
                "default_acl": None,
                "file_overwrite": True,
            },
        }
    with override_settings(STORAGES={**settings.STORAGES, "default": backend}):
        yield


def _keys() -> dict[str, str]:
    return {
        "region_name": "us-east-1",
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
    }
