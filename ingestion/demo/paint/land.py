"""Landscapes in layers: ridges, dunes, fields from above, a lake with pines."""

import numpy as np
from PIL import Image

from ingestion.demo.paint.canvas import Canvas, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import at, blob, box, ellipse, smooth, under, wander, xy


def ridges(canvas: Canvas, palette: Palette) -> None:
    """Misty ridges under a low sun."""
    rng = canvas.rng
    canvas.flood(Gradient((mix(palette.mid, palette.light, 0.3), palette.light, palette.paper)))
    sun_x, sun_y = canvas.width * rng.uniform(0.3, 0.7), canvas.height * 0.34
    _sun(canvas, palette, sun_x, sun_y, 13)
    layers = 6
    for layer in range(layers):
        depth = layer / (layers - 1)
        line = canvas.height * (0.42 + 0.46 * depth)
        heights = line + wander(rng, 260, octaves=((1.5, 5), (3.5, 3), (8, 1.1), (19, 0.35)))
        far = mix(palette.light, palette.mid, 0.5)
        colour = (
            mix(far, palette.strong, depth * 1.4)
            if depth < 0.6
            else mix(palette.strong, palette.dark, (depth - 0.5) * 2)
        )
        foot = mix(colour, palette.paper, 0.45 * (1 - depth))
        ground = under(heights, width=canvas.width, bottom=canvas.height + 1)
        canvas.polygon(ground, Gradient((colour, foot)))
    _birds(canvas, palette, sun_x + 14, sun_y - 9)


def hills(canvas: Canvas, palette: Palette) -> None:
    """Cut-paper hills with round trees and a full sun."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, palette.light)))
    _sun(canvas, palette, canvas.width * 0.68, canvas.height * 0.27, 15)
    colours = (palette.light, palette.mid, palette.strong, palette.dark)
    for layer in range(5):
        share = layer / 4
        place = share * 2.6
        step = min(2, int(place))
        colour = mix(colours[step], colours[step + 1], place - step)
        colour = mix(colour, palette.mid, 0.35) if layer == 0 else colour
        line = canvas.height * (0.46 + 0.125 * layer)
        heights = line + wander(rng, 160, octaves=((1.1, 7), (2.3, 2.5)))
        ground = under(heights, width=canvas.width, bottom=canvas.height + 2)
        canvas.polygon(ground, Gradient((colour, mix(colour, palette.dark, 0.14))), shadow=3)
        if layer in (1, 2, 3):
            _trees(canvas, palette, heights, size=2.2 + 1.6 * layer)


def dunes(canvas: Canvas, palette: Palette) -> None:
    """Three great dunes, one side of each in the light."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.light, palette.paper)))
    _sun(canvas, palette, canvas.width * 0.3, canvas.height * 0.25, 11)
    for layer in range(4):
        top = canvas.height * (0.4 + 0.14 * layer)
        peak = canvas.width * (0.75 if layer % 2 else 0.22) + rng.uniform(-8, 8)
        rise = 15 + 3 * layer
        crest = smooth(
            [
                (-4, top + rise * 0.8),
                (peak * 0.5, top + rise * 0.45),
                (peak, top),
                ((peak + canvas.width) / 2, top + rise * 0.5),
                (canvas.width + 4, top + rise * 0.75),
            ]
        )
        lit = mix(palette.light, palette.mid, 0.35 + 0.22 * layer)
        shaded = mix(palette.mid, palette.strong, 0.3 + 0.25 * layer)
        low = canvas.height + 3
        canvas.polygon(
            np.concatenate([crest, at((canvas.width + 4, low), (-4, low))]),
            Gradient((lit, mix(lit, palette.mid, 0.4))),
        )
        fall = crest[crest[:, 0] >= peak - 0.2]
        edge = smooth(
            [
                (canvas.width + 4, low),
                (peak - canvas.width * 0.16, low),
                (peak - canvas.width * 0.02, (top + low) / 2),
                (peak - canvas.width * 0.05, top + rise * 0.6),
                (peak, top),
            ]
        )
        canvas.polygon(np.concatenate([fall, edge]), Gradient((shaded, mix(shaded, lit, 0.5))))


def fields(canvas: Canvas, palette: Palette) -> None:
    """Fields from above: strips of furrows between hedges, and one road."""
    rng = canvas.rng
    canvas.flood(palette.mid)
    choices = (palette.light, palette.mid, palette.strong, palette.accent, palette.paper)
    tilt = np.deg2rad(rng.uniform(-24, -14))
    reach = canvas.width + canvas.height
    across, down = np.array([np.cos(tilt), np.sin(tilt)]), np.array([-np.sin(tilt), np.cos(tilt)])
    origin = np.array([canvas.width, canvas.height]) / 2
    row = -reach / 2
    while row < reach / 2:
        tall = rng.uniform(14, 26)
        column = -reach / 2
        while column < reach / 2:
            wide = rng.uniform(14, 38)
            corner = origin + across * column + down * row
            sides = np.array(
                [
                    corner,
                    corner + across * wide,
                    corner + across * wide + down * tall,
                    corner + down * tall,
                ]
            )
            colour = choices[rng.choice(5, p=(0.26, 0.3, 0.2, 0.1, 0.14))]
            _field(canvas, palette, sides, mix(colour, palette.mid, rng.uniform(0, 0.3)))
            column += wide
        row += tall
    road = [
        (-5, canvas.height * 0.72),
        (canvas.width * 0.3, canvas.height * 0.58),
        (canvas.width * 0.55, canvas.height * 0.62),
        (canvas.width + 5, canvas.height * 0.36),
    ]
    canvas.line(smooth(road), palette.dark, width=2.6, opacity=0.35)
    canvas.line(smooth(road), palette.paper, width=1.7)


def lake(canvas: Canvas, palette: Palette) -> None:
    """A still lake: mountains and a moon above, the same below, pines at the sides."""
    rng = canvas.rng
    shore = canvas.height * 0.56
    canvas.flood(Gradient((palette.strong, palette.mid, palette.light)))
    sun = ellipse(canvas.width * 0.5, shore - 25, 9)
    canvas.glow(sun, palette.sun, blur=6, opacity=0.6)
    canvas.polygon(sun, mix(palette.sun, palette.paper, 0.4))
    for layer, share in enumerate((0.25, 0.6)):
        heights = (
            shore
            - 13
            + 7 * layer
            + wander(rng, 240, octaves=((2, 5), (5, 2.4), (11, 1.2), (23, 0.5)))
        )
        ground = under(np.minimum(heights, shore), width=canvas.width, bottom=shore)
        colour = mix(palette.mid, palette.dark, share)
        canvas.polygon(ground, Gradient((colour, mix(colour, palette.light, 0.35))))
    _mirror(canvas, palette, shore)
    for side in (0.0, 1.0):
        for tree in range(7):
            x = side * canvas.width + (1 - 2 * side) * (tree * 4.4 + rng.uniform(-1, 1) - 3)
            tall = 34 - tree * 3.6 + rng.uniform(-2, 3)
            _pine(canvas, x, shore + 8 + rng.uniform(0, 2) - tree * 0.9, tall, palette.dark)


def _sun(canvas: Canvas, palette: Palette, x: float, y: float, radius: float) -> None:
    disc = ellipse(x, y, radius)
    canvas.glow(disc, mix(palette.sun, palette.paper, 0.35), blur=radius * 0.55, opacity=0.7)
    canvas.polygon(disc, Gradient((palette.sun, mix(palette.sun, palette.mid, 0.35))))


def _birds(canvas: Canvas, palette: Palette, x: float, y: float) -> None:
    for dx, dy, size in ((0, 0, 2.4), (5, -2.6, 1.8), (8.5, 1.2, 1.5)):
        wing = smooth(
            [
                (x + dx - size, y + dy - size * 0.5),
                (x + dx - size * 0.45, y + dy - size * 0.55),
                (x + dx, y + dy),
                (x + dx + size * 0.45, y + dy - size * 0.6),
                (x + dx + size, y + dy - size * 0.45),
            ]
        )
        canvas.line(wing, palette.dark, width=0.45, opacity=0.8)


def _trees(canvas: Canvas, palette: Palette, heights: np.ndarray, *, size: float) -> None:
    rng = canvas.rng
    for place in rng.uniform(0.04, 0.96, 5):
        x = place * canvas.width
        y = float(np.interp(place, np.linspace(0, 1, len(heights)), heights)) + size * 0.2
        tall = size * rng.uniform(1.1, 1.6)
        crown = ellipse(x, y - tall, size * 0.62, size * 0.9)
        colour = (
            palette.accent
            if rng.random() < 0.25
            else mix(palette.strong, palette.dark, rng.uniform(0.1, 0.7))
        )
        canvas.line(at((x, y), (x, y - tall)), palette.dark, width=size * 0.1)
        canvas.polygon(crown, Gradient((mix(colour, palette.paper, 0.18), colour), 30))
        canvas.line(at((x, y), (x, y - tall)), palette.dark, width=size * 0.08)


def _field(
    canvas: Canvas, palette: Palette, sides: np.ndarray, colour: tuple[int, int, int]
) -> None:
    rng = canvas.rng
    canvas.polygon(sides, Gradient((mix(colour, palette.paper, 0.15), colour), 60))
    first, second, third, last = sides
    furrow = mix(colour, palette.dark, 0.2)
    count = int(rng.integers(5, 15))
    along = rng.random() < 0.6
    for share in np.linspace(0, 1, count + 1)[1:-1]:
        ends = (
            (first + (last - first) * share, second + (third - second) * share)
            if along
            else (first + (second - first) * share, last + (third - last) * share)
        )
        canvas.line(np.array(ends), furrow, width=0.35, opacity=0.75)
    canvas.line(
        np.concatenate([sides, sides[:1]]), mix(palette.dark, palette.strong, 0.35), width=0.7
    )
    for _ in range(int(rng.integers(0, 4))):
        spot = first + (second - first) * rng.random() + (last - first) * rng.choice([0.02, 0.98])
        canvas.polygon(blob(rng, *xy(spot), rng.uniform(0.8, 1.6)), palette.dark)


def _mirror(canvas: Canvas, palette: Palette, shore: float) -> None:
    cut = round(shore * canvas.scale)
    width, height = canvas.image.size
    depth = height - cut
    above = canvas.image.crop((0, max(0, cut - depth), width, cut)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    canvas.image.paste(above, (0, cut))
    canvas.polygon(
        box(0, shore, canvas.width, canvas.height),
        Gradient((palette.light, palette.dark)),
        opacity=0.42,
    )
    for _ in range(46):
        y = shore + canvas.rng.power(0.8) * (canvas.height - shore)
        x = canvas.rng.uniform(0, canvas.width)
        half = canvas.rng.uniform(2, 11)
        canvas.line(at((x - half, y), (x + half, y)), palette.paper, width=0.22, opacity=0.35)


def _pine(canvas: Canvas, x: float, foot: float, tall: float, colour: tuple[int, int, int]) -> None:
    sides: list[tuple[float, float]] = []
    tiers = 7
    for tier in range(tiers):
        share = (tier + 1) / tiers
        y = foot - tall + tall * 0.95 * share
        sides += [(tall * 0.16 * share + 0.2, y), (tall * 0.09 * share, y - tall * 0.02)]
    right = [(x, foot - tall)] + [(x + half, y) for half, y in sides]
    left = [(x - half, y) for half, y in reversed(sides)]
    canvas.polygon(at(*right, *left), colour)
    canvas.line(at((x, foot - 1), (x, foot + tall * 0.05)), colour, width=tall * 0.03)
