"""What is made for browsers: the extension's file, and the link for the bar of bookmarks."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from ingestion.gather.bookmarklet import bookmarklet
from ingestion.gather.extension import extension_folder, extension_name, pack_extension


@pytest.fixture
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((extension_folder() / "manifest.json").read_text())
    return found


class TestManifest:
    def test_asks_for_no_more_than_it_needs(self, manifest: dict[str, Any]) -> None:
        assert manifest["manifest_version"] == 3
        assert set(manifest["permissions"]) == {"activeTab", "contextMenus", "storage"}
        assert {"host_permissions", "content_scripts", "optional_permissions"} & set(
            manifest
        ) == set()

    def test_lets_run_only_what_is_packed(self, manifest: dict[str, Any]) -> None:
        policy = manifest["content_security_policy"]["extension_pages"]

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        page = (extension_folder() / "options.html").read_text()
        assert re.findall(r'(?:src|href)="(?:https?:|//)', page) == []
        assert re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", page) is None

    def test_names_only_files_that_are_there(self, manifest: dict[str, Any]) -> None:
        named = {
            manifest["background"]["service_worker"],
            manifest["options_ui"]["page"],
            *manifest["icons"].values(),
            *manifest["action"]["default_icon"].values(),
        }

        assert {name for name in named if not (extension_folder() / name).is_file()} == set()


class TestPackExtension:
    def test_gives_the_same_bytes_each_time_and_holds_every_file(self) -> None:
        packed = pack_extension()

        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert archive.testzip() is None
            assert "manifest.json" in archive.namelist()
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            for entry in archive.infolist():
                source = extension_folder() / entry.filename
                assert archive.read(entry) == source.read_bytes()
        assert pack_extension() == packed

    def test_the_command_writes_it(self, tmp_path: Path) -> None:
        call_command("pack_extension", into=tmp_path, verbosity=0)

        assert (tmp_path / extension_name()).read_bytes() == pack_extension()


class TestBookmarklet:
    def test_is_one_line_that_a_bookmark_keeps_as_it_is(self) -> None:
        link = bookmarklet("https://magpie.example.org")

        assert link.startswith("javascript:(()=>{")
        assert "'https://magpie.example.org/capture/?'" in link
        assert "{origin}" not in link
        # A bookmark is an address: these would be read as something else in one.
        assert re.search(r"[%#\n\"]", link) is None

    def test_takes_no_origin_that_ends_its_text(self) -> None:
        with pytest.raises(ValueError, match="alert"):
            bookmarklet("https://x.example'+alert(1)+'")
