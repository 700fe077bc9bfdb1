"""The archive is whole or refused."""

import io
import json
import tarfile
from gzip import GzipFile
from pathlib import Path

import pytest

from config.backup.archive import CHUNK_BYTES, ArchiveWriter, checked_manifest, read_entries
from config.backup.errors import BackupError
from config.backup.manifest import Manifest, TableContent

ROWS = b"1\tfirst\n2\tsecond\n"


def write_two_rows(packed: GzipFile) -> int:
    packed.write(ROWS)
    return 2


def write_nothing(packed: GzipFile) -> int:
    return 0


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small archive with rows and a file."""
    path = tmp_path / "backup.tar"
    manifest = Manifest(version="1", made_at="2026-11-21T00:00:00+00:00", migrations=["a.0001"])
    with ArchiveWriter(path) as writer:
        _, member = writer.add_rows("rows/thing.gz", write_two_rows)
        assert member is not None
        manifest.tables["thing"] = TableContent(["id", "name"], 2, {"rows/thing.gz": member})
        manifest.files["a/b.webp"] = writer.add_file("a/b.webp", io.BytesIO(b"picture"), 7)
        writer.add_manifest(manifest)
    return path


def rewrite(path: Path, changed: dict[str, bytes | None]) -> None:
    """Replace members of an archive; ``None`` leaves one out."""
    with tarfile.open(path) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]  # files only
    with tarfile.open(path, "w") as tar:
        for name, content in (members | changed).items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))


def test_gives_back_what_was_put_in(archive: Path) -> None:
    manifest = checked_manifest(archive)

    found = {}
    for entry in read_entries(archive):
        if entry.file_name:
            found[entry.file_name] = entry.content.read()
        elif entry.name in manifest.tables["thing"].parts:
            with entry.rows() as rows:
                found[entry.name] = rows.read()

    assert found == {"rows/thing.gz": ROWS, "a/b.webp": b"picture"}
    assert (manifest.rows, manifest.migrations) == (2, ["a.0001"])


def test_only_its_owner_may_read_it(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0


def test_empty_table_takes_no_member(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "backup.tar") as writer:
        assert writer.add_rows("rows/thing.gz", write_nothing) == (0, None)


def test_failure_leaves_the_older_backup_alone(archive: Path) -> None:
    before = archive.read_bytes()

    with pytest.raises(ZeroDivisionError), ArchiveWriter(archive):
        raise ZeroDivisionError

    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir()] == ["backup.tar"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"files/a/b.webp": b"PICTURE"}, "is damaged"),
        ({"files/a/b.webp": None}, "is damaged"),
        ({"files/more": b""}, "is damaged"),
        ({"manifest.json": None}, "was cut short"),
        ({"manifest.json": b"{"}, "manifest is damaged"),
        ({"manifest.json": b"[]"}, "manifest is damaged"),
        ({"manifest.json": b'{"format": 2}'}, "has format 2"),
    ],
)
def test_refuses_what_was_changed(
    archive: Path, changed: dict[str, bytes | None], sentence: str
) -> None:
    rewrite(archive, changed)

    with pytest.raises(BackupError, match=sentence):
        checked_manifest(archive)


def test_refuses_a_file_that_ends_too_early_wherever_that_is(archive: Path) -> None:
    whole = archive.read_bytes()
    # Behind the manifest there is only the padding of the tar.
    with tarfile.open(archive) as tar:
        last = tar.getmember("manifest.json")
    end = last.offset_data + last.size

    for kept_bytes in range(0, end, 7):
        archive.write_bytes(whole[:kept_bytes])
        with pytest.raises(BackupError, match=r"Use another one|use another backup"):
            checked_manifest(archive)


def test_refuses_a_large_member_that_is_cut(archive: Path) -> None:
    content = b"x" * 3 * CHUNK_BYTES
    with ArchiveWriter(archive) as writer:
        writer.add_file("large", io.BytesIO(content), len(content))
    archive.write_bytes(archive.read_bytes()[: 2 * CHUNK_BYTES])

    with pytest.raises(BackupError, match="not a whole backup"):
        checked_manifest(archive)


def refusal_to_write(path: Path) -> str:
    with pytest.raises(BackupError) as refused, ArchiveWriter(path):
        pass
    return str(refused.value)


class TestAPlaceThatCannotBeWritten:
    def test_in_no_folder(self, tmp_path: Path) -> None:
        said = refusal_to_write(tmp_path / "gone" / "backup.tar")

        assert said == f"There is no folder {tmp_path}/gone. Make it, or name another place."

    def test_that_is_a_folder(self, tmp_path: Path) -> None:
        said = refusal_to_write(tmp_path)

        assert said == f"{tmp_path} is a folder. Name a file in it: {tmp_path}/magpie.tar"
        assert not tmp_path.with_name(f"{tmp_path.name}.partial").exists()

    def test_that_the_system_refuses(self, tmp_path: Path) -> None:
        path = tmp_path / f"{'long' * 70}.tar"

        said = refusal_to_write(path)

        assert said == (
            f"{path} cannot be written (File name too long). Name a place where you may write."
        )


class TestAFileThatCannotBeRead:
    @pytest.mark.parametrize("name", ["gone.tar", "backup.tar/gone.tar"])
    def test_that_is_not_there(self, archive: Path, name: str) -> None:
        path = archive.parent / name

        with pytest.raises(BackupError) as refused:
            checked_manifest(path)

        assert str(refused.value) == (
            f"There is no file {path}. Name the one that `manage.py backup` has written."
        )

    def test_that_is_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError) as refused:
            checked_manifest(tmp_path)

        assert str(refused.value) == (
            f"{tmp_path} is a folder. Name the file in it that `manage.py backup` has written."
        )

    def test_that_the_system_refuses(self, tmp_path: Path) -> None:
        path = tmp_path / f"{'long' * 70}.tar"

        with pytest.raises(BackupError) as refused:
            checked_manifest(path)

        assert str(refused.value) == (
            f"{path} cannot be read (File name too long). Make it readable for this command."
        )


def test_refuses_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    path.write_text(json.dumps({"no": "archive"}) * 100)

    with pytest.raises(BackupError, match="not a whole backup"):
        checked_manifest(path)
