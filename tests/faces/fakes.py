"""An engine that sees painted squares: what tests of the product have in place of dlib.

``FACES_ENGINE="tests.faces.fakes:FAKE"`` has it work in real child processes. A face is a square of
one strong colour; its hue is who it is, its darkness how far it is from others of that person.
"""

import colorsys
import os
import time
from collections.abc import Sequence
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from faces.engine.base import Box, Pixels, Seen, Vectors
from faces.engine.spec import Metric, Spec, Thresholds

PEOPLE: Final = 12
FAKE: Final = Spec(
    key="tests.faces.fakes:FAKE",
    label="Painted squares",
    factory="tests.faces.fakes:FakeEngine",
    dim=128,
    chip_px=32,
    picture_px=800,
    metric=Metric.L2,
    thresholds=Thresholds(accept=0.50, suggest=0.60, link=0.50, margin=0.03),
    weights=(),
)
# The same eyes, another memory: for a change of engine.
OTHER: Final = Spec(
    key="tests.faces.fakes:OTHER",
    label="Painted squares, again",
    factory="tests.faces.fakes:FakeEngine",
    dim=128,
    chip_px=32,
    picture_px=800,
    metric=Metric.L2,
    thresholds=FAKE.thresholds,
    weights=(),
)
# A picture of this size is one over which the engine dies, or sleeps.
DEADLY_PX: Final = (661, 73)
SLOW_PX: Final = (663, 73)


class FakeEngine:
    """Finds squares of strong colour; their hue tells who it is."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def detect(self, rgb: Pixels) -> list[Seen]:
        """Return the squares, by who it is and from left to right."""
        height, width = rgb.shape[:2]
        if (width, height) == DEADLY_PX:
            os.abort()
        if (width, height) == SLOW_PX:
            time.sleep(600)
        hsv = np.asarray(Image.fromarray(rgb).convert("HSV")).astype(np.int32)
        is_face = (hsv[..., 1] > 150) & (hsv[..., 2] > 60)
        who = np.round(hsv[..., 0] * PEOPLE / 256).astype(np.int32) % PEOPLE
        seen = []
        for person in range(PEOPLE):
            mask = is_face & (who == person)
            for left, right in _runs(mask.any(axis=0)):
                rows = np.nonzero(mask[:, left:right].any(axis=1))[0]
                top, bottom = int(rows[0]), int(rows[-1]) + 1
                chip = rgb[(top + bottom) // 2, (left + right) // 2]
                box = Box(
                    left / width, top / height, (right - left) / width, (bottom - top) / height
                )
                seen.append(Seen(box, 2.0, right - left, 100.0, np.tile(chip, (32, 32, 1))))
        return seen

    def embed(self, chips: Sequence[Pixels]) -> Vectors:
        """Return vectors: people are 0.9 apart, faces of one by how dark they are."""
        vectors = np.zeros((len(chips), self.spec.dim), dtype=np.float32)
        for row, chip in zip(vectors, chips, strict=True):
            hue, _, value = colorsys.rgb_to_hsv(*(chip[0, 0].astype(float) / 255))
            row[round(hue * PEOPLE) % PEOPLE] = 0.9 / np.sqrt(2)
            row[PEOPLE] = 1 - value
        return vectors


def paint_people(*people: int, shade: float = 0.0, face_px: int = 90) -> bytes:
    """Return a picture (PNG) with these people from left to right, who are numbers below 12.

    Args:
        shade: 0 to 0.7; faces of one person are so far from each other as their shades are.
    """
    step = face_px + 40
    picture = Image.new("RGB", (max(1, len(people)) * step, step), "white")
    draw = ImageDraw.Draw(picture)
    for place, person in enumerate(people):
        color = colorsys.hsv_to_rgb(person / PEOPLE, 1.0, 1.0 - shade)
        left = place * step + 20
        fill = tuple(round(255 * part) for part in color)
        draw.rectangle((left, 20, left + face_px - 1, 20 + face_px - 1), fill=fill)
    return encode(picture)


def encode(picture: Image.Image) -> bytes:
    """Return ``picture`` as PNG."""
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return where ``flags`` is true, as ranges of ten or more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    pairs = edges.reshape(-1, 2).tolist()
    return [(left, right) for left, right in pairs if right - left >= 10]
