"""What every engine does, and what it says of each face; an engine lives in a child process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faces.engine.spec import Spec

# Upright sRGB, (height, width, 3).
Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in fractions of its width and height; it may reach over the edge."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A face that was found, before anybody judged it.

    Attributes:
        score: how sure the detector is, on a scale of its own.
        size_px: width of the face in the pixels that it was read from.
        blur: how sharp the chip is; see ``quality.measure_blur``.
        chip: aligned pixels, as the network was trained on.
    """

    box: Box
    score: float
    size_px: int
    blur: float
    chip: Pixels


class FaceEngine(Protocol):
    """Finds faces and describes them; built once per process, used by one thread."""

    spec: Spec

    def __init__(self, spec: Spec) -> None:
        """Load the weights, which are in place and checked."""

    def detect(self, rgb: Pixels) -> list[Seen]:
        """Return the faces of a picture of any size."""

    def embed(self, chips: Sequence[Pixels]) -> Vectors:
        """Return what tells each face from others, (n, dim); ``chips`` are one at least."""
