"""A folder of a scraper as one file: its databases, with the pictures beside them."""

import zipfile
from pathlib import Path
from typing import Final

from ingestion.errors import FolderRefusedError

_DATABASES: Final = (".db", ".sqlite", ".sqlite3")
_BESIDE: Final = ("-wal", "-journal")
_PICTURES: Final = (".jpg", ".jpeg", ".png", ".gif", ".webp")
# As many as an archive may list.
MOST_FILES: Final = 65_000
# The same folder makes the same bytes, so that an import that was broken off is found again.
_THEN: Final = (1980, 1, 1, 0, 0, 0)


def pack_folder(folder: Path, to: Path) -> Path:
    """Write what a reader knows of ``folder`` into an archive below ``to``; return the archive.

    Links are not followed, and nothing of the folder is changed.

    Raises:
        FolderRefusedError: there is no database in it, or too much.
    """
    files = sorted(path for path in folder.rglob("*") if _is_wanted(path))
    if not any(path.suffix.lower() in _DATABASES for path in files):
        message = f"There is no database of a scraper in {folder}."
        raise FolderRefusedError(message)
    if len(files) > MOST_FILES:
        message = (
            f"{folder} holds {len(files):,} files, and {MOST_FILES:,} can be imported at once. "
            "Import the folders inside it one by one."
        )
        raise FolderRefusedError(message)
    packed = to / f"{folder.resolve().name or 'folder'}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _THEN)
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as member:
                while chunk := source.read(1024 * 1024):
                    member.write(chunk)
    return packed


def _is_wanted(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    name = path.name.lower()
    if name.endswith(_PICTURES):
        return path.parent.name == "images"
    return name.endswith((*_DATABASES, *(f"{db}{end}" for db in _DATABASES for end in _BESIDE)))
