"""Boxes of faces, in fractions of the picture as it is shown."""

from typing import NamedTuple

# From this on two boxes are of one face.
SAME_FACE = 0.5


class Box(NamedTuple):
    """Where a face is: the left upper corner, width and height."""

    x: float
    y: float
    w: float
    h: float


def overlap(one: Box, other: Box) -> float:
    """Return what two boxes share of what they cover together, from 0 to 1."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.w * one.h + other.w * other.h - shared)
