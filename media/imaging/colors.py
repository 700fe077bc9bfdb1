"""The few colors that a picture is made of, and the one an eye would name first."""

import math
from dataclasses import dataclass
from typing import Final

from PIL import Image

PALETTE_SIZE: Final = 5

_SAMPLE_SIDE: Final = 48
_CLUSTERS: Final = 16
# Distance in OKLab (black to white is 1) below which two colors are one to the eye.
_SAME_COLOR: Final = 0.09
# How much a vivid color outweighs a grey of the same area: OKLab chroma ends near 0.32.
_CHROMA_WEIGHT: Final = 4.0
# Colors on less of the picture than this are accidents.
_SMALLEST_SHARE: Final = 0.01

_RGB = tuple[int, int, int]
_Lab = tuple[float, float, float]


@dataclass(slots=True)
class _Cluster:
    """Pixels of about one color; ``share`` of all the pixels, 0 to 1."""

    rgb: _RGB
    lab: _Lab
    share: float

    @property
    def prominence(self) -> float:
        _, a, b = self.lab
        chroma = math.hypot(a, b)
        return self.share * (1 + _CHROMA_WEIGHT * chroma)

    def is_like(self, other: "_Cluster") -> bool:
        apart = sum((x - y) ** 2 for x, y in zip(self.lab, other.lab, strict=True))
        return apart < _SAME_COLOR**2


def describe_colors(
    picture: Image.Image, *, opaque: Image.Image | None = None
) -> tuple[str, tuple[str, ...]]:
    """Return the dominant color of ``picture`` and its palette.

    An average of a picture is a grey that is nowhere in it. So similar pixels are gathered, and
    the dominant color is the one with the largest area, where vivid colors count for more.

    Args:
        picture: RGB pixels; any size, a small one is enough.
        opaque: mode ``L`` and of the same size; pixels below 128 are see-through and do not count.

    Returns:
        ``#rrggbb``, and up to ``PALETTE_SIZE`` of the kind, by area, largest first.
    """
    clusters = _merge(_quantize(_sample(picture, opaque)))
    dominant = max(clusters, key=lambda cluster: cluster.prominence)
    palette = [
        cluster for cluster in clusters if cluster is dominant or cluster.share >= _SMALLEST_SHARE
    ]
    chosen = palette[:PALETTE_SIZE]
    if dominant not in chosen:
        chosen[-1] = dominant
    return _to_hex(dominant.rgb), tuple(_to_hex(cluster.rgb) for cluster in chosen)


def _sample(picture: Image.Image, opaque: Image.Image | None) -> Image.Image:
    """Return a small picture of the pixels that count."""
    factor = max(1, min(picture.size) // _SAMPLE_SIDE)
    small = picture.reduce(factor)
    if opaque is None:
        return small
    mask = opaque.reduce(factor).tobytes()
    pixels = small.tobytes()
    kept = b"".join(
        pixels[3 * at : 3 * at + 3]
        for at, alpha in enumerate(mask)
        if alpha >= 128  # noqa: PLR2004  # half
    )
    return Image.frombytes("RGB", (len(kept) // 3, 1), kept) if kept else small


def _quantize(picture: Image.Image) -> list[_Cluster]:
    indexed = picture.quantize(_CLUSTERS, method=Image.Quantize.MEDIANCUT)
    counts = enumerate(indexed.histogram()[:_CLUSTERS])
    palette = indexed.getpalette() or []
    total = picture.width * picture.height
    clusters = []
    for index, count in counts:
        if not count:
            continue
        red, green, blue = palette[3 * index : 3 * index + 3]
        rgb = (red, green, blue)
        clusters.append(_Cluster(rgb=rgb, lab=_to_oklab(rgb), share=count / total))
    return clusters


def _merge(clusters: list[_Cluster]) -> list[_Cluster]:
    """Gather clusters that look alike; each keeps the color of its largest part."""
    merged: list[_Cluster] = []
    for cluster in sorted(clusters, key=lambda each: (-each.share, each.rgb)):
        for known in merged:
            if known.is_like(cluster):
                known.share += cluster.share
                break
        else:
            merged.append(cluster)
    return sorted(merged, key=lambda each: (-each.share, each.rgb))


def _to_oklab(rgb: _RGB) -> _Lab:
    """Return ``rgb`` (sRGB, 0 to 255) in Björn Ottosson's OKLab, where distance is difference."""
    r, g, b = (_linear(channel / 255) for channel in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(channel: float) -> float:
    """Undo the sRGB transfer curve."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # of the standard


def _to_hex(rgb: _RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
