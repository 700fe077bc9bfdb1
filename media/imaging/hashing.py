"""Perceptual hashes: 64 bits that stay nearly the same when a picture is resized or re-encoded.

Both hashes look at the upright picture over white, squeezed into a small square whatever its
proportions. Compare two with ``distance``: of the same picture in other sizes and formats it is
usually 0 to 6, of unrelated pictures around 32. A picture of one flat color has no structure to
hash: its hashes say nothing.
"""

import math
from collections.abc import Iterable
from typing import Final

from PIL import Image

_MASK: Final = (1 << 64) - 1
_SIDE: Final = 32
_LOW: Final = 8
# The first eight basis functions of the 32-point cosine transform (type II, not normalised).
_BASIS: Final = tuple(
    tuple(math.cos(math.pi * k * (2 * n + 1) / (2 * _SIDE)) for n in range(_SIDE))
    for k in range(_LOW)
)


def perceptual_hash(grey: Image.Image) -> int:
    """Return the pHash of a picture (mode L): which low frequencies are stronger than their median.

    Bits run row by row from the lowest frequency, highest bit first.

    Returns:
        A signed 64-bit integer.
    """
    values = _squeeze(grey, _SIDE, _SIDE)
    rows = [values[at : at + _SIDE] for at in range(0, len(values), _SIDE)]
    across = [[_dot(basis, row) for basis in _BASIS] for row in rows]
    columns = [[row[k] for row in across] for k in range(_LOW)]
    # Rounding drops what only floating point put there, so that an even area gives zeros.
    energy = [round(_dot(basis, column)) for basis in _BASIS for column in columns]
    ordered = sorted(energy)
    median = (ordered[31] + ordered[32]) / 2
    return _to_signed(value > median for value in energy)


def difference_hash(grey: Image.Image) -> int:
    """Return the dHash of a picture (mode L): where brightness rises from left to right.

    Returns:
        A signed 64-bit integer, eight rows of eight bits, highest bit first.
    """
    width = _LOW + 1
    values = _squeeze(grey, width, _LOW)
    return _to_signed(
        values[row * width + column + 1] > values[row * width + column]
        for row in range(_LOW)
        for column in range(_LOW)
    )


def distance(one: int, other: int) -> int:
    """Return in how many of their 64 bits two hashes differ, 0 to 64."""
    return ((one ^ other) & _MASK).bit_count()


def _squeeze(grey: Image.Image, width: int, height: int) -> bytes:
    return grey.resize((width, height), Image.Resampling.LANCZOS).tobytes()


def _dot(basis: tuple[float, ...], values: list[float] | bytes) -> float:
    return sum(weight * value for weight, value in zip(basis, values, strict=True))


def _to_signed(bits: Iterable[bool]) -> int:
    number = 0
    for bit in bits:
        number = number << 1 | bit
    return number - (1 << 64) if number >> 63 else number
