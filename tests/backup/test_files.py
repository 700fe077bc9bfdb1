"""Stored files go into the archive and come back through the storage's own door."""

import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from config.backup.archive import ArchiveWriter
from config.backup.errors import BackupError
from config.backup.files import put_file_back, save_files, stored_names
from config.backup.manifest import Member


def member_of(content: bytes) -> Member:
    return Member(len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def storage(tmp_path: Path) -> FileSystemStorage:
    return FileSystemStorage(tmp_path / "blobs")


def test_every_file_of_every_folder_is_saved(storage: FileSystemStorage, tmp_path: Path) -> None:
    for name in ("top", "a/one", "a/b/two"):
        storage.save(name, ContentFile(name.encode()))

    with ArchiveWriter(tmp_path / "backup.tar") as archive:
        saved = save_files(storage, archive)

    assert saved == {name: member_of(name.encode()) for name in ("top", "a/one", "a/b/two")}


def test_storage_that_was_never_used_has_no_files(storage: FileSystemStorage) -> None:
    assert list(stored_names(storage)) == []


@pytest.mark.parametrize("before", [None, b"same", b"other"])
def test_file_comes_back_whatever_was_there(
    storage: FileSystemStorage, before: bytes | None
) -> None:
    if before is not None:
        storage.save("a/one", ContentFile(before))

    put_file_back(storage, "a/one", io.BytesIO(b"same"), member_of(b"same"))

    with storage.open("a/one") as stored:
        assert stored.read() == b"same"
    assert list(stored_names(storage)) == ["a/one"]


def test_other_content_than_expected_is_refused(storage: FileSystemStorage) -> None:
    with pytest.raises(BackupError, match="did not keep a/one"):
        put_file_back(storage, "a/one", io.BytesIO(b"other"), member_of(b"same"))

    assert list(stored_names(storage)) == []
