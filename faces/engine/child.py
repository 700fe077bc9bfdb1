"""The process that looks for faces: loads its engine once, then knows nothing but pictures.

Started by ``pool``, confined like any child of ``media.imaging`` before its first picture.
"""

import json
from importlib import import_module
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image

from faces.engine.base import Box, FaceEngine, Pixels, Seen
from faces.engine.quality import Quality, judge
from faces.engine.spec import spec_of
from faces.engine.values import CROP_PX, MOST_FACES
from media.imaging import decode
from media.imaging.child import Answer, serve
from media.imaging.values import Limits

# Around the box on each side, in parts of it: chin and hair.
_MARGIN: Final = 0.35
_CROP_OPTIONS: Final = {"quality": 80, "method": 2}


def main(limits_json: str, engine_name: str) -> None:
    """Serve requests about pictures until the other side closes the pipe."""
    limits = Limits(**json.loads(limits_json))
    decode.prepare_pillow(limits)
    engine: FaceEngine | None = None

    def load(_limits: Limits) -> None:
        nonlocal engine
        engine = _load(engine_name)
        _warm_up(engine, limits)

    def analyse(content: bytes, limits: Limits, _head: dict[str, Any]) -> Answer:
        assert engine is not None  # noqa: S101  # loaded before the first request
        return _analyse(engine, content, limits)

    serve(limits, {"analyse": analyse}, warm_up=load)


def _load(engine_name: str) -> FaceEngine:
    spec = spec_of(engine_name)
    module, _, name = spec.factory.partition(":")
    engine: FaceEngine = getattr(import_module(module), name)(spec)
    return engine


def _analyse(engine: FaceEngine, content: bytes, limits: Limits) -> Answer:
    picture = decode.open_picture(content, limits)
    image = decode.read_frame(picture, index=0, longest_px=engine.spec.picture_px).rgb
    found = sorted(engine.detect(np.asarray(image)), key=lambda seen: -seen.score)[:MOST_FACES]
    judged = [(seen, judge(seen, engine.spec)) for seen in found]
    good = [seen for seen, quality in judged if quality is not Quality.LOW]
    vectors = iter(engine.embed([seen.chip for seen in good]) if good else ())
    faces, pieces = [], []
    for seen, quality in judged:
        vector = b"" if quality is Quality.LOW else next(vectors).astype("<f4").tobytes()
        crop = _crop(image, seen.box)
        crop_bytes = _encode(crop)
        pieces += [vector, crop_bytes]
        faces.append(
            _describe(seen, quality)
            | {"vector": len(vector), "crop": len(crop_bytes), "crop_px": crop.width}
        )
    return {"faces": faces}, b"".join(pieces)


def _describe(seen: Seen, quality: Quality) -> dict[str, Any]:
    left, top = max(0.0, seen.box.x), max(0.0, seen.box.y)
    right = min(1.0, seen.box.x + seen.box.w)
    bottom = min(1.0, seen.box.y + seen.box.h)
    return {
        "x": left,
        "y": top,
        "w": right - left,
        "h": bottom - top,
        "score": seen.score,
        "size_px": seen.size_px,
        "blur": seen.blur,
        "quality": quality,
    }


def _crop(image: Image.Image, box: Box) -> Image.Image:
    """Return the square around ``box``, moved into the picture where it reaches over the edge."""
    width, height = image.size
    side = max(box.w * width, box.h * height) * (1 + 2 * _MARGIN)
    side = max(1, round(min(side, width, height)))
    left = round((box.x + box.w / 2) * width - side / 2)
    top = round((box.y + box.h / 2) * height - side / 2)
    left, top = max(0, min(left, width - side)), max(0, min(top, height - side))
    cut = image.crop((left, top, left + side, top + side))
    size = min(side, CROP_PX)
    return cut.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _encode(image: Image.Image) -> bytes:
    target = BytesIO()
    image.save(target, "WEBP", **_CROP_OPTIONS)
    return target.getvalue()


def _warm_up(engine: FaceEngine, limits: Limits) -> None:
    """Walk every path once, so that nothing is left to be loaded when files are out of reach."""
    grey: Pixels = np.full((160, 160, 3), 128, dtype=np.uint8)
    engine.embed([grey[: engine.spec.chip_px, : engine.spec.chip_px]])
    for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP"):
        target = BytesIO()
        Image.fromarray(grey).save(target, name)
        _analyse(engine, target.getvalue(), limits)
    _encode(_crop(Image.fromarray(grey), Box(0.2, 0.2, 0.5, 0.5)))
