"""Brings five points of a face to where a network expects them; pure arithmetic.

Crops that only turn the eyes level cost most of a network's accuracy, so the alignment is ours.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

# Eye, eye, tip of the nose, corner, corner of the mouth, from left to right in the picture: where
# SFace (as ArcFace) was trained to have them in a chip of 112 pixels.
TEMPLATE: Final[Points] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
TEMPLATE_PX: Final = 112


def similarity(source: Points, target: Points = TEMPLATE) -> Points:
    """Return the (2, 3) matrix that turns, scales and moves ``source`` best onto ``target``.

    In the sense of least squares (Umeyama), never mirrored.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    from_middle, to_middle = source - source_mean, target - target_mean
    left, stretch, right = np.linalg.svd(to_middle.T @ from_middle / len(source))
    signs = np.ones(2)
    if np.linalg.det(left) * np.linalg.det(right) < 0:
        signs[1] = -1
    turn = left @ np.diag(signs) @ right
    scale = float((stretch * signs).sum() / from_middle.var(axis=0).sum())
    move = target_mean - scale * turn @ source_mean
    return np.column_stack([scale * turn, move])


def apply(matrix: Points, points: Points) -> Points:
    """Return where ``matrix`` takes each of ``points``."""
    moved: Points = points @ matrix[:, :2].T + matrix[:, 2]
    return moved
