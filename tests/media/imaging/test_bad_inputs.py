"""The collection of hostile pictures, where it is at hand."""

import json
from pathlib import Path

import pytest

from media.imaging.errors import ImageError, ImageTimeoutError
from media.imaging.pool import RenditionPool
from media.imaging.values import Limits, Rendered

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "data" / "bad_inputs"
TIMEOUT_S = 10.0
LEAKS = (b"<script", b"<?php", b"Exif\0", b"PK\x03\x04", b"EXIF", b"XMP ")

pytestmark = pytest.mark.skipif(not COLLECTION.is_dir(), reason="the collection is not here")


def test_every_picture_ends_in_its_verdict() -> None:
    expected = json.loads((COLLECTION / "gen" / "expected.json").read_text())
    paths = [
        path
        for folder in ("gen", "libvips", "pillow")
        for path in sorted((COLLECTION / folder).iterdir())
        if path.suffix not in {".zip", ".json"}
    ]
    wrong: list[str] = []
    with RenditionPool(processes=2, limits=Limits(timeout_s=TIMEOUT_S)) as pool:
        outcomes = dict(zip(paths, pool.render_many(paths), strict=True))
    for path, outcome in outcomes.items():
        verdict = expected.get(path.name, ["neutral"])[0]
        if verdict != "neutral" and not fits(verdict, outcome):
            wrong.append(f"{path.name}: {verdict}, but {outcome!r:.80}")
        if isinstance(outcome, Rendered):
            derived = outcome.thumb.content + outcome.preview.content
            wrong += [f"{path.name}: leaks {leak!r}" for leak in LEAKS if leak in derived]

    slow = [path.name for path, each in outcomes.items() if isinstance(each, ImageTimeoutError)]
    crashed = [
        path.name
        for path, each in outcomes.items()
        if isinstance(each, ImageError) and each.code in {"image_crashed", "image_memory"}
    ]
    assert wrong == []
    assert slow == ["img_jpeg_progressive_scans.jpg"]
    assert crashed == []


def fits(verdict: str, outcome: Rendered | ImageError) -> bool:
    if verdict == "reject":
        return isinstance(outcome, ImageError)
    if verdict == "first-frame":
        return isinstance(outcome, Rendered) and not outcome.preview.is_animated
    return isinstance(outcome, Rendered)
