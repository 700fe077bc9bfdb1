"""``deepface-sface``: YuNet finds faces and five points, we align, SFace describes, by DeepFace.

Its weights are fetched once, at build: ``manage.py fetch_face_weights``. Imported in child
processes only.
"""

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from deepface import DeepFace

from faces.engine.alignment import TEMPLATE_PX, similarity
from faces.engine.base import Box, Pixels, Seen, Vectors
from faces.engine.quality import BLUR_PX, measure_blur
from faces.engine.spec import Spec

# YuNet was made for pictures of about this size, and misses faces of larger ones.
DETECT_PX: Final = 640
_LEAST_SCORE: Final = 0.7
_OVERLAP: Final = 0.3
# What a chip of 112 pixels shows, at the size that blur is measured at.
_BLUR_SCALE: Final = BLUR_PX / TEMPLATE_PX


class SFaceEngine:
    """Loads through DeepFace, which gives boxes without the points that alignment needs."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._yunet: Any = DeepFace.build_model("yunet", task="face_detector").model
        self._yunet.setScoreThreshold(_LEAST_SCORE)
        self._yunet.setNMSThreshold(_OVERLAP)
        self._network: Any = DeepFace.build_model("SFace")

    def detect(self, rgb: Pixels) -> list[Seen]:
        """Return the faces of a picture, found at ``DETECT_PX`` and read at its full size."""
        height, width = rgb.shape[:2]
        scale = min(1.0, DETECT_PX / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
        self._yunet.setInputSize(size)
        _, found = self._yunet.detect(np.ascontiguousarray(small[..., ::-1]))
        return [] if found is None else [_see(rgb, row, size) for row in found]

    def embed(self, chips: Sequence[Pixels]) -> Vectors:
        """Return vectors of length 1."""
        # DeepFace rounds down what it has multiplied by 255: a little more survives that.
        scaled = (np.stack(chips)[..., ::-1].astype(np.float64) + 0.01) / 255
        found = np.array(self._network.forward(np.minimum(scaled, 1.0)), dtype=np.float32)
        vectors = found.reshape(len(chips), self.spec.dim)
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit


def _see(rgb: Pixels, row: Any, size: tuple[int, int]) -> Seen:
    """Make a face of what YuNet says: box, points of eyes, nose and mouth, score."""
    height, width = rgb.shape[:2]
    x, y, w, h = (float(value) for value in row[:4])
    points = row[4:14].reshape(5, 2).astype(np.float64) * (width / size[0], height / size[1])
    chip = cut_chip(rgb, points)
    box = Box(x=x / size[0], y=y / size[1], w=w / size[0], h=h / size[1])
    blur = measure_blur(cut_chip(rgb, points, scale=_BLUR_SCALE))
    return Seen(box, float(row[14]), round(box.w * width), blur, chip)


def cut_chip(rgb: Pixels, points: Any, *, scale: float = 1.0) -> Pixels:
    """Return the aligned chip around five points of ``rgb``, (112, 112, 3) by ``scale``."""
    side = round(TEMPLATE_PX * scale)
    matrix = similarity(points) * scale
    chip = cv2.warpAffine(np.ascontiguousarray(rgb), matrix, (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(chip, dtype=np.uint8)
