"""How good a face is: what is too small or too blurred is not described, only shown."""

import enum
from typing import Final

import numpy as np

from faces.engine.base import Pixels, Seen
from faces.engine.spec import Spec

BLUR_PX: Final = 150
# A chip is brought to this mean before: sharpness is no matter of light.
_MEAN: Final = 128.0
# But noise is not to be taken for detail.
_MOST_GAIN: Final = 8.0
_LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)


class Quality(enum.StrEnum):
    """What a face is good for."""

    # Kept as a box: no vector is made of it.
    LOW = "low"
    # Compared with others.
    USABLE = "usable"
    # Others are compared with it, and it may found a person.
    SEED = "seed"


def judge(seen: Seen, spec: Spec) -> Quality:
    """Return what ``seen`` is good for by the gates of the engine."""
    if seen.size_px < spec.min_px or seen.blur < spec.min_blur:
        return Quality.LOW
    is_seed = (
        seen.size_px >= spec.seed_px
        and seen.blur >= spec.seed_blur
        and seen.score > spec.seed_score
    )
    return Quality.SEED if is_seed else Quality.USABLE


def measure_blur(chip: Pixels) -> float:
    """Return the variance of the Laplacian of a chip of ``BLUR_PX``: the lower the more blurred."""
    grey = chip.astype(np.float32) @ _LUMA
    grey *= min(_MEAN / max(float(grey.mean()), 1.0), _MOST_GAIN)
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * inner).var())
