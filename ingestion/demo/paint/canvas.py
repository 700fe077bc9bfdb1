"""The canvas that every painter draws on: a supersampled picture in units of its shorter side."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Points = NDArray[np.float64]

SUPERSAMPLING = 2
UNITS = 100.0  # of the shorter side


@dataclass(frozen=True, slots=True)
class Gradient:
    """Evenly spaced colours along a direction, over the bounding box of the shape it fills.

    `angle` is in degrees: 0 runs from left to right, 90 from top to bottom.
    """

    colours: tuple[Colour, ...]
    angle: float = 90.0


Fill = Colour | Gradient


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour `share` (0 to 1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """A picture whose shorter side is 100 units long; y grows downwards.

    The same seed and size give the same strokes: `rng` is the only source of chance.
    """

    def __init__(self, size_px: tuple[int, int], ground: Fill, *, seed: int) -> None:
        self.size_px = size_px
        self.scale = min(size_px) * SUPERSAMPLING / UNITS
        self.width = size_px[0] * SUPERSAMPLING / self.scale
        self.height = size_px[1] * SUPERSAMPLING / self.scale
        self.rng = np.random.default_rng(seed)
        self.image = Image.new("RGB", (size_px[0] * SUPERSAMPLING, size_px[1] * SUPERSAMPLING))
        self.flood(ground)

    def flood(self, fill: Fill) -> None:
        self.image.paste(_paint(fill, self.image.size))

    def polygon(
        self, points: Points, fill: Fill, *, opacity: float = 1.0, shadow: float = 0.0
    ) -> None:
        """Fill a closed outline (n by 2); `shadow` is the reach of a soft shadow. All in units."""
        if shadow:
            self._cast_shadow(points, shadow)
        self._stamp(points, fill, opacity=opacity, blur=0.0)

    def glow(self, points: Points, fill: Fill, *, blur: float, opacity: float = 1.0) -> None:
        """Fill an outline with a soft edge; `blur` is in units."""
        self._stamp(points, fill, opacity=opacity, blur=blur)

    def line(self, points: Points, fill: Colour, *, width: float, opacity: float = 1.0) -> None:
        """Draw an open line with round ends and joints; `width` is in units."""
        width_px = max(1, round(width * self.scale))
        box = self._box(points, pad_px=width_px + 2)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        pen = ImageDraw.Draw(mask)
        spots = [(x - box[0], y - box[1]) for x, y in (points * self.scale).tolist()]
        pen.line(spots, fill=255, width=width_px, joint="curve")
        radius = width_px / 2
        for x, y in (spots[0], spots[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        self._paste(mask, box, fill, opacity=opacity)

    @contextmanager
    def clipped(self, points: Points) -> Iterator[None]:
        """Keep only what is drawn inside the outline."""
        before = self.image.copy()
        yield
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(_corners(points * self.scale), fill=255)
        self.image = Image.composite(self.image, before, mask)

    def finish(self, *, grain: float) -> Image.Image:
        """The picture in its final size; `grain` is the deviation of its noise in levels."""
        small = self.image.resize(self.size_px, Image.Resampling.LANCZOS)
        if not grain:
            return small
        pixels = np.asarray(small, dtype=np.float64)
        noise = self.rng.normal(0.0, grain, pixels.shape[:2])
        return Image.fromarray(np.clip(pixels + noise[..., None], 0, 255).astype(np.uint8))

    def _cast_shadow(self, points: Points, size: float) -> None:
        offset = np.array([size * 0.35, size * 0.6])
        self._stamp(points + offset, (24, 16, 24), opacity=0.28, blur=size * 0.6)

    def _stamp(self, points: Points, fill: Fill, *, opacity: float, blur: float) -> None:
        blur_px = blur * self.scale
        box = self._box(points, pad_px=round(blur_px * 3) + 1)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        corners = _corners(points * self.scale - np.array(box[:2]))
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        if blur_px:
            mask = mask.filter(ImageFilter.GaussianBlur(blur_px))
        self._paste(mask, box, fill, opacity=opacity)

    def _paste(
        self, mask: Image.Image, box: tuple[int, int, int, int], fill: Fill, *, opacity: float
    ) -> None:
        if opacity < 1.0:
            mask = mask.point([round(level * opacity) for level in range(256)])
        self.image.paste(_paint(fill, mask.size), box[:2], mask)

    def _box(self, points: Points, *, pad_px: int) -> tuple[int, int, int, int] | None:
        """The part of the picture that an outline touches, in pixels; none when it is outside."""
        low = np.floor(points.min(axis=0) * self.scale).astype(int) - pad_px
        high = np.ceil(points.max(axis=0) * self.scale).astype(int) + pad_px
        left, top = (int(value) for value in np.maximum(low, -self.image.width))
        right, bottom = (int(value) for value in np.minimum(high, 2 * max(self.image.size)))
        outside = right <= 0 or bottom <= 0 or left >= self.image.width or top >= self.image.height
        return None if outside or right <= left or bottom <= top else (left, top, right, bottom)


def _corners(points: Points) -> Sequence[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]


def _paint(fill: Fill, size: tuple[int, int]) -> Image.Image:
    if not isinstance(fill, Gradient):
        return Image.new("RGB", size, fill)
    width, height = size
    turn = np.deg2rad(fill.angle)
    across = np.linspace(0.0, 1.0, width)[None, :] * np.cos(turn)
    down = np.linspace(0.0, 1.0, height)[:, None] * np.sin(turn)
    way = across + down
    way = (way - way.min()) / max(float(np.ptp(way)), 1e-9)
    stops = np.linspace(0.0, 1.0, len(fill.colours))
    channels = [
        np.interp(way, stops, [colour[channel] for colour in fill.colours]) for channel in range(3)
    ]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))
