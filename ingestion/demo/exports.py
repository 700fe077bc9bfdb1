"""Build the two sample exports: `python -m ingestion.demo.exports` writes them to `data/`."""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ingestion.demo import facebook, pinterest
from ingestion.demo.catalogue import DATA

PINTEREST_EXPORT = DATA / f"{pinterest.STEM}.zip"
FACEBOOK_EXPORT = DATA / f"{facebook.STEM}.zip"
EXPORTED_AT = (2026, 1, 30, 2, 7, 52)


def build_pinterest_export(target: Path) -> None:
    """Write the Pinterest export: the same rows as JSON and as CSV."""
    records = pinterest.rows()
    _write(
        target,
        {
            f"{pinterest.STEM}.json": pinterest.as_json(records),
            f"{pinterest.STEM}.csv": pinterest.as_csv(records),
        },
    )


def build_facebook_export(target: Path) -> None:
    _write(target, facebook.members())


def _write(target: Path, members: dict[str, bytes]) -> None:
    """Write an archive whose bytes depend on nothing but its members."""
    with ZipFile(target, "w") as archive:
        for name, content in members.items():
            entry = ZipInfo(name, date_time=EXPORTED_AT)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def main() -> None:
    build_pinterest_export(PINTEREST_EXPORT)
    build_facebook_export(FACEBOOK_EXPORT)
    for target in (PINTEREST_EXPORT, FACEBOOK_EXPORT):
        sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
