"""The way to uv on a machine whose Python has no pip."""

import hashlib
import io
import os
import platform
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings

SCRIPT = settings.BASE_DIR / ".ci/fetch_uv.py"
HERE, ELSEWHERE = platform.machine(), "pdp11"
PREFIX = "macosx_11_0_" if sys.platform == "darwin" else "manylinux_2_17_"
if sys.platform != "darwin" and platform.libc_ver()[0] != "glibc":
    PREFIX = "musllinux_1_1_"


class Index:
    """A package index on loopback, as pip knows them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.hashes: dict[str, str] = {}
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/simple/uv/":
                    body = index.page()
                else:
                    body = index.files[self.path.rpartition("/")[2]]
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def add(self, version: str, machine: str = HERE) -> str:
        """Add a release whose program says its version; return the file's name."""
        name = f"uv-{version}-py3-none-{PREFIX}{machine}.whl"
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"uv-{version}.data/scripts/uvx", "#!/bin/sh\n")
            archive.writestr(f"uv-{version}.data/scripts/uv", f"#!/bin/sh\necho {version}\n")
        self.files[name] = wheel.getvalue()
        self.hashes[name] = hashlib.sha256(self.files[name]).hexdigest()
        return name

    def page(self) -> bytes:
        """Return the page that lists the releases."""
        return "".join(
            f'<a href="../../files/{name}#sha256={digest}" data-x="1">{name}</a>\n'
            for name, digest in self.hashes.items()
        ).encode()


@pytest.fixture
def index() -> Iterator[Index]:
    """An index that is served while a test runs."""
    index = Index()
    thread = threading.Thread(target=index.server.serve_forever)
    thread.start()
    yield index
    index.server.shutdown()
    thread.join()
    index.server.server_close()


def fetch(target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as make does."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        [sys.executable, SCRIPT, "0.9", target],
        env={**own, "no_proxy": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_newest_release_for_this_machine_is_put_in_place(index: Index, tmp_path: Path) -> None:
    for version in ("0.9.30", "0.13.2", "0.13.10", "1.0.0"):
        index.add(version)
    index.add("0.14.0", machine=ELSEWHERE)
    target = tmp_path / "bin/uv"

    done = fetch(target, PIP_INDEX_URL=index.url)

    assert (done.returncode, done.stderr) == (0, "")
    answer = subprocess.run([target], capture_output=True, text=True, check=True)
    assert answer.stdout == "0.13.10\n"


def test_the_index_is_the_one_of_pips_own_files(index: Index, tmp_path: Path) -> None:
    index.add("0.9.1")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {index.url}/\n")

    assert fetch(tmp_path / "uv", PIP_CONFIG_FILE=str(tmp_path / "pip.conf")).returncode == 0
    assert (tmp_path / "uv").exists()


@pytest.mark.parametrize("releases", [[], [("0.8.99", HERE)], [("0.9.1", ELSEWHERE)]])
def test_without_a_release_that_will_do_it_says_so(
    index: Index, tmp_path: Path, releases: list[tuple[str, str]]
) -> None:
    for version, machine in releases:
        index.add(version, machine)

    done = fetch(tmp_path / "uv", PIP_INDEX_URL=index.url)

    assert done.returncode == 1
    assert "has no uv 0.9 or later for this machine." in done.stderr
    assert not (tmp_path / "uv").exists()


def test_what_the_index_did_not_promise_is_not_run(index: Index, tmp_path: Path) -> None:
    index.files[index.add("0.9.1")] += b"more"

    done = fetch(tmp_path / "uv", PIP_INDEX_URL=index.url)

    assert "is not what the index says it is" in done.stderr
    assert not (tmp_path / "uv").exists()


def test_an_index_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = fetch(tmp_path / "uv", PIP_INDEX_URL="http://127.0.0.1:9/simple")

    assert "could not be read" in done.stderr
    assert "Traceback" not in done.stderr
