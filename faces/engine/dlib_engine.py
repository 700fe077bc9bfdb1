"""``deepface-dlib``: HOG detection, five-point alignment by dlib, and dlib's network by DeepFace.

Runs without a network. Imported in child processes only.
"""

from collections.abc import Sequence
from typing import Any, Final

import dlib
import numpy as np
from deepface import DeepFace

from faces.engine.base import Box, Pixels, Seen, Vectors
from faces.engine.quality import measure_blur
from faces.engine.spec import Spec
from faces.engine.weights import deepface_weights

# Around the face, as the network was trained.
_PADDING: Final = 0.25


class DlibEngine:
    """One detector per process: dlib's crashes where two threads use it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._hog = dlib.get_frontal_face_detector()
        points, _ = (deepface_weights() / weight.file_name for weight in spec.weights)
        self._find_points = dlib.shape_predictor(str(points))
        self._network: Any = DeepFace.build_model("Dlib")

    def detect(self, rgb: Pixels) -> list[Seen]:
        """Return the frontal faces of 80 pixels or more.

        Smaller ones are hardly recognised, and would cost four times the time.
        """
        height, width = rgb.shape[:2]
        areas, scores, _ = self._hog.run(rgb, 0, 0.0)
        seen = []
        for area, score in zip(areas, scores, strict=True):
            points = self._find_points(rgb, area)
            chip = dlib.get_face_chip(rgb, points, size=self.spec.chip_px, padding=_PADDING)
            box = Box(
                x=area.left() / width,
                y=area.top() / height,
                w=area.width() / width,
                h=area.height() / height,
            )
            seen.append(Seen(box, float(score), area.width(), measure_blur(chip), chip))
        return seen

    def embed(self, chips: Sequence[Pixels]) -> Vectors:
        """Return the vectors as the network gives them; their lengths are about 1.5."""
        # DeepFace wants BGR; bytes it leaves as they are, floats it would round down.
        found = self._network.forward(np.stack(chips)[..., ::-1])
        return np.array(found, dtype=np.float32).reshape(len(chips), self.spec.dim)
