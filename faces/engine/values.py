"""What goes into the pool and what comes out of it."""

from dataclasses import dataclass
from typing import Final

from faces.engine.quality import Quality
from media.imaging.values import Limits

CROP_PX: Final = 256
# On a photo of a crowd the best are taken: each costs a tenth of a second.
MOST_FACES: Final = 64
# An engine takes more room, and a crowd more time, than a decoder.
FACE_LIMITS: Final = Limits(timeout_s=60.0, memory_bytes=2_000_000_000)


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face of a picture.

    Attributes:
        x, y, w, h: its box in fractions of the upright picture, within it.
        score: how sure the detector is, on a scale of its own.
        size_px: its width in the pixels that it was read from.
        blur: the lower the more blurred; see ``quality.measure_blur``.
        vector: float32, little-endian; None where the quality is ``low``.
        crop: the face with a little around it, WebP of ``CROP_PX`` at most.
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    size_px: int
    blur: float
    quality: Quality
    vector: bytes | None
    crop: bytes
    crop_px: int
