"""Skies and water: starry nights, rolling waves, scales of the sea, contour lines."""

import numpy as np
from PIL import Image

from ingestion.demo.paint.canvas import Canvas, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import at, ellipse, smooth, under, wander


def night(canvas: Canvas, palette: Palette) -> None:
    """A sky full of stars over dark ridges, with a crescent moon."""
    rng = canvas.rng
    glow = mix(palette.mid, palette.accent, 0.25)
    canvas.flood(
        Gradient(
            (
                palette.dark,
                mix(palette.dark, palette.strong, 0.6),
                palette.strong,
                palette.mid,
                glow,
            )
        )
    )
    for _ in range(190):
        x, y = rng.uniform(0, canvas.width), canvas.height * 0.75 * rng.power(0.7)
        size = rng.choice([0.16, 0.22, 0.32, 0.48], p=(0.4, 0.35, 0.2, 0.05))
        canvas.polygon(
            ellipse(x, y, size),
            mix(palette.paper, palette.accent, rng.random()),
            opacity=float(rng.uniform(0.45, 1)),
        )
    x, y = canvas.width * 0.7, canvas.height * 0.22
    canvas.glow(ellipse(x, y, 9), palette.accent, blur=8, opacity=0.35)
    canvas.polygon(_crescent(x, y, 8), palette.accent)
    for layer, share in enumerate((0.35, 0.65, 0.92)):
        heights = canvas.height * (0.7 + 0.09 * layer) + wander(
            rng, 260, octaves=((1.6, 4), (4, 2.2), (9, 1), (21, 0.4))
        )
        colour = mix(palette.strong, mix(palette.dark, (0, 0, 0), 0.25), share)
        ground = under(heights, width=canvas.width, bottom=canvas.height + 1)
        canvas.polygon(ground, Gradient((colour, mix(colour, palette.dark, 0.5))))


def waves(canvas: Canvas, palette: Palette) -> None:
    """Rolling waves in bands under a sun."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, mix(palette.paper, palette.light, 0.8))))
    sun = ellipse(canvas.width * 0.62, canvas.height * 0.3, 15)
    canvas.polygon(sun, Gradient((palette.accent, mix(palette.accent, palette.strong, 0.15))))
    rows = 8
    colours = (palette.light, palette.mid, palette.strong, palette.dark)
    across = np.linspace(-1, canvas.width + 1, 300)
    for row in range(rows):
        place = row / (rows - 1) * 2.999
        step = int(place)
        colour = mix(colours[step], colours[step + 1], place - step)
        phase = rng.uniform(0, 2 * np.pi)
        swell = 3.2 + row * 0.35
        turn = across / 100 * 2 * np.pi * 1.5 + phase
        heights = canvas.height * (0.38 + 0.085 * row) + swell * np.sin(turn + 0.5 * np.sin(turn))
        ground = under(heights, width=canvas.width, bottom=canvas.height + 2)
        canvas.polygon(ground, Gradient((colour, mix(colour, palette.dark, 0.12))), shadow=2)
        foam = np.stack([across, heights + 1.4], axis=1)
        canvas.line(foam, palette.paper, width=0.4, opacity=0.7)
        for echo in (3.0, 4.3):
            canvas.line(foam + np.array([0, echo - 1.4]), palette.paper, width=0.22, opacity=0.4)


def tide(canvas: Canvas, palette: Palette, *, phase: float) -> None:
    """One frame of a sea that breathes, in flat colours; `phase` runs from 0 to 1 and repeats."""
    canvas.flood(palette.paper)
    turn = 2 * np.pi * phase
    middle, height = canvas.width / 2, canvas.height * 0.36
    canvas.polygon(ellipse(middle, height + 2.5 * np.sin(turn), 21), palette.accent)
    across = np.linspace(-1, canvas.width + 1, 120)
    colours = (palette.light, palette.mid, palette.strong, palette.dark)
    for row, colour in enumerate(colours):
        way = across / canvas.width * 2 * np.pi * (1 + row % 2) + row
        heights = canvas.height * (0.44 + 0.14 * row) + 4.5 * np.sin(way + turn * (-1) ** row)
        canvas.polygon(under(heights, width=canvas.width, bottom=canvas.height + 2), colour)


def scales(canvas: Canvas, palette: Palette) -> None:
    """Seigaiha: overlapping rings like the scales of a fish."""
    canvas.flood(palette.strong)
    radius = canvas.width / 8
    rows = int(canvas.height / (radius / 2)) + 4
    for row in range(rows):
        y = row * radius / 2
        for column in range(-1, 6):
            x = column * radius * 2 + (radius if row % 2 else 0)
            tint = mix(palette.strong, palette.dark, row / rows)
            if canvas.rng.random() < 0.12:
                tint = palette.accent
            rings = (
                palette.paper,
                tint,
                palette.paper,
                mix(tint, palette.light, 0.5),
                palette.paper,
                tint,
            )
            for ring, colour in enumerate(rings):
                canvas.polygon(ellipse(x, y, radius * (1 - ring * 0.155)), colour)


def contours(canvas: Canvas, palette: Palette) -> None:
    """A map of imaginary heights: bands and contour lines."""
    width, height = canvas.image.size
    field = np.zeros((height, width), dtype=np.float64)
    for cells, weight in ((3, 1.0), (5, 0.5), (9, 0.16)):
        rough = canvas.rng.uniform(0, 1, (cells * height // width + 2, cells + 1)) * 255
        cloud = Image.fromarray(rough.astype(np.float32)).resize(
            (width, height), Image.Resampling.BICUBIC
        )
        field += weight * np.asarray(cloud, dtype=np.float64)
    low, high = np.quantile(field, [0.02, 0.98])
    level = np.clip((field - low) / (high - low), 0, 0.999) * 11
    band = level.astype(int)
    ramp = [mix(palette.paper, palette.light, 0.3), palette.light, palette.mid, palette.strong]
    table = np.array(
        [
            [
                np.interp(step / 10, np.linspace(0, 1, 4), [colour[channel] for colour in ramp])
                for channel in range(3)
            ]
            for step in range(11)
        ]
    )
    slope = np.hypot(*np.gradient(level))
    distance = np.abs(level - np.round(level)) / np.maximum(slope, 1e-6)
    ink = np.clip(1.8 - distance, 0, 1)[..., None] * 0.75
    pixels = table[band] * (1 - ink) + np.array(palette.dark) * ink
    canvas.image = Image.fromarray(pixels.round().astype(np.uint8))
    trail = [
        (canvas.width * x, canvas.height * y)
        for x, y in ((0.08, 0.9), (0.25, 0.7), (0.42, 0.72), (0.55, 0.5), (0.75, 0.4), (0.84, 0.16))
    ]
    route = smooth(trail)
    for start in range(0, len(route) - 3, 5):
        canvas.line(route[start : start + 3], palette.accent, width=0.9)
    for x, y in (trail[0], trail[-1]):
        canvas.polygon(ellipse(x, y, 1.9), palette.accent)
        canvas.polygon(ellipse(x, y, 0.9), palette.paper)


def _crescent(x: float, y: float, radius: float) -> np.ndarray:
    way = np.linspace(0.22 * np.pi, 1.78 * np.pi, 80)
    outer = np.stack([np.cos(way), np.sin(way)], axis=1) * radius
    tips = outer[[-1, 0]]
    centre = np.array([radius * 0.5, 0.0])
    inner_radius = float(np.hypot(*(tips[0] - centre)))
    start, end = (float(np.arctan2(*(tip - centre)[::-1])) for tip in tips)
    back = np.linspace(start % (2 * np.pi), end % (2 * np.pi), 60)
    inner = centre + np.stack([np.cos(back), np.sin(back)], axis=1) * inner_radius
    return np.concatenate([outer, inner]) + at((x, y))
