"""The browser extension as one file; of the same sources always the same bytes."""

import io
import json
import zipfile
from pathlib import Path
from typing import Final

from django.conf import settings

# What ZIP can say of a time begins here; the time of a checkout is nobody's business.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o644 << 16


def extension_folder() -> Path:
    """Return where the sources of the extension are."""
    return Path(settings.BASE_DIR) / "static" / "extension"


def extension_name() -> str:
    """Return what the packed file is called, with the version of its manifest."""
    manifest = json.loads((extension_folder() / "manifest.json").read_text(encoding="utf-8"))
    return f"magpie-extension-{manifest['version']}.zip"


def pack_extension() -> bytes:
    """Return the extension as browsers and their stores take it.

    Stored, not deflated: what a compressor makes of the same bytes depends on its version.
    """
    folder = extension_folder()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _NO_TIME)
            entry.create_system = 3
            entry.external_attr = _READABLE
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def _files(folder: Path) -> list[Path]:
    """Return what belongs to the extension, in an order that no file system changes."""
    found = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
