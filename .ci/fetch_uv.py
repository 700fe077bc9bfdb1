# ruff: noqa: INP001, S310, TID251  # a program of its own; its addresses come from the operator
"""Fetches uv with nothing but Python's own library: .ci/fetch_uv.py 0.9 .uv/bin/uv.

For machines whose Python comes without pip and ensurepip, as Debian's does. Asks the package
index that pip is configured for, takes the newest release below 1.0 that has a wheel for this
machine, and checks what was downloaded against the index's SHA-256.
"""

import configparser
import hashlib
import html
import io
import os
import platform
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

PYPI = "https://pypi.org/simple"
TIMEOUT_S = 60
LINK = re.compile(
    r'href="(?P<url>[^"#]+/uv-0\.(?P<minor>\d+)\.(?P<patch>\d+)-py3-none-(?P<tags>[\w.]+)\.whl)'
    r'#sha256=(?P<sha256>[0-9a-f]{64})"'
)


def main(at_least: str, target: Path) -> None:
    """Put the newest uv of ``at_least`` (as in 0.9) or above at ``target``."""
    index = configured("index-url") or PYPI
    page_url = index.rstrip("/") + "/uv/"
    page = download(page_url).decode()
    wheels = [match for match in LINK.finditer(page) if is_for_this_machine(match["tags"])]
    newest = max(wheels, key=release, default=None)
    if newest is None or release(newest) < (int(at_least.partition(".")[2]), 0):
        sys.exit(f"{page_url} has no uv {at_least} or later for this machine.")
    wheel = download(urllib.parse.urljoin(page_url, html.unescape(newest["url"])))
    if hashlib.sha256(wheel).hexdigest() != newest["sha256"]:
        sys.exit(f"{newest['url']} is not what the index says it is.")
    unpack(wheel, target)


def release(wheel: "re.Match[str]") -> "tuple[int, int]":
    """Return the second and third part of a version."""
    return int(wheel["minor"]), int(wheel["patch"])


def is_for_this_machine(tags: str) -> bool:
    """Return whether a wheel's programs run here."""
    system = "macosx" if sys.platform == "darwin" else "musllinux"
    if platform.libc_ver()[0] == "glibc":
        system = "manylinux"
    suffix = f"_{platform.machine()}"
    return any(tag.startswith(system) and tag.endswith(suffix) for tag in tags.split("."))


def configured(name: str) -> str:
    """Return a setting of pip from the environment or its files; empty where there is none."""
    variable = "PIP_" + name.upper().replace("-", "_")
    if variable in os.environ:
        return os.environ[variable]
    home = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser()
    # The last that says something wins, as with pip.
    files = configparser.RawConfigParser()
    files.read(
        [
            "/etc/xdg/pip/pip.conf",
            "/etc/pip.conf",
            Path("~/.pip/pip.conf").expanduser(),
            home / "pip/pip.conf",
            os.environ.get("PIP_CONFIG_FILE", os.devnull),
        ]
    )
    return files.get("global", name, fallback="")


def download(url: str) -> bytes:
    """Return what is at an address of the index; proxies come from the environment."""
    trust = ssl.create_default_context(cafile=configured("cert") or None)
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=trust) as answer:
            body: bytes = answer.read()
    except urllib.error.URLError as error:
        sys.exit(f"{url} could not be read: {error}. Install uv by hand, then try again.")
    return body


def unpack(wheel: bytes, target: Path) -> None:
    """Take the program out of a wheel; it is in place only when it is whole."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".data/scripts/uv")]
        program = archive.read(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_bytes(program)
    fresh.chmod(0o755)
    fresh.replace(target)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
