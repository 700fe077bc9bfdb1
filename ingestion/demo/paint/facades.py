"""Architecture: windows in a grid, arcades in the sun, roofs of a town."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import arch, at, box, ellipse, leaf, smooth


def windows(canvas: Canvas, palette: Palette) -> None:
    """A plain front with rows of shuttered windows, some with flowers."""
    rng = canvas.rng
    wall = mix(palette.light, palette.mid, 0.3)
    canvas.flood(Gradient((mix(wall, palette.paper, 0.35), wall), 70))
    columns = max(3, round(canvas.width / 30))
    rows = max(2, round(canvas.height / 42))
    wide, tall = canvas.width / columns, canvas.height / rows
    for row in range(rows):
        for column in range(columns):
            x, y = column * wide + wide / 2, row * tall + tall * 0.2
            _window(
                canvas, palette, x, y, (wide * 0.4, tall * 0.6), opened=bool(rng.random() < 0.6)
            )
            if rng.random() < 0.4:
                _flower_box(canvas, palette, x, y + tall * 0.6, wide * 0.56)
        if row:
            canvas.polygon(
                box(0, row * tall - 0.5, canvas.width, row * tall + 0.5),
                mix(wall, palette.paper, 0.6),
                shadow=0.8,
            )
    shade = at(
        (canvas.width * 0.62, -1),
        (canvas.width + 1, -1),
        (canvas.width + 1, canvas.height + 1),
        (canvas.width * 0.95, canvas.height + 1),
    )
    canvas.polygon(shade, palette.dark, opacity=0.16)


def arcade(canvas: Canvas, palette: Palette) -> None:
    """White arches in hard light, one above the other."""
    canvas.flood(Gradient((mix(palette.strong, palette.mid, 0.4), palette.light)))
    stories = max(2, round(canvas.height / 52))
    tall = canvas.height * 0.86 / stories
    base = canvas.height * 0.14
    canvas.polygon(ellipse(canvas.width * 0.8, base * 0.5, min(6, base * 0.34)), palette.sun)
    plaster = mix(palette.paper, palette.light, 0.2)
    canvas.polygon(
        box(-1, base, canvas.width + 1, canvas.height + 1),
        Gradient((plaster, mix(plaster, palette.mid, 0.25)), 60),
    )
    count = max(2, round(canvas.width / 34))
    wide = canvas.width / count
    for story in range(stories):
        top = base + story * tall
        for number in range(count):
            left = number * wide + wide * 0.17
            right = left + wide * 0.66
            doorway = arch(left, top + tall * 0.16, right, top + tall)
            inside = mix(palette.strong, palette.dark, 0.35 + 0.1 * ((number + story) % 3))
            canvas.polygon(doorway, Gradient((palette.dark, inside)))
            with canvas.clipped(doorway):
                light = doorway + np.array([wide * 0.2, tall * 0.07])
                canvas.polygon(
                    light, Gradient((palette.strong, mix(palette.mid, palette.accent, 0.4)))
                )
                if (number + story) % 2:
                    _palm(canvas, palette, (left + right) / 2 + 3, top + tall)
        canvas.polygon(
            box(-1, top - 0.6, canvas.width + 1, top + 2.2),
            mix(plaster, (255, 255, 255), 0.4),
            shadow=1.6,
        )


def roofs(canvas: Canvas, palette: Palette) -> None:
    """A hill town: gables over gables up to the sky."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.mid, palette.light, palette.paper)))
    canvas.polygon(ellipse(canvas.width * 0.24, canvas.height * 0.18, 8), palette.sun)
    walls = (
        palette.paper,
        palette.light,
        mix(palette.light, palette.accent, 0.4),
        mix(palette.paper, palette.mid, 0.3),
    )
    tiles = (
        palette.strong,
        mix(palette.strong, palette.dark, 0.4),
        mix(palette.strong, palette.accent, 0.5),
    )
    rows = max(4, int(canvas.height / 17))
    for row in range(rows):
        y = canvas.height * (0.36 + 0.72 * row / rows)
        x = -rng.uniform(0, 12)
        while x < canvas.width:
            wide, tall = rng.uniform(11, 20), rng.uniform(14, 26)
            front = box(x, y - tall * 0.35, x + wide, y + 40)
            wall = mix(walls[int(rng.integers(0, 4))], palette.dark, 0.12 * (1 - row / rows))
            canvas.polygon(front, Gradient((wall, mix(wall, palette.dark, 0.3)), 70), shadow=1.4)
            roof = at(
                (x - 1, y - tall * 0.35),
                (x + wide / 2, y - tall * 0.35 - wide * 0.42),
                (x + wide + 1, y - tall * 0.35),
            )
            canvas.polygon(roof, tiles[int(rng.integers(0, 3))], shadow=0.6)
            for number in range(int(wide // 5)):
                left = x + 2 + number * (wide - 2) / max(1, int(wide // 5))
                lit = (
                    palette.accent
                    if rng.random() < 0.22
                    else mix(palette.dark, palette.strong, 0.3)
                )
                canvas.polygon(box(left, y - tall * 0.2, left + 1.9, y - tall * 0.2 + 3.2), lit)
            x += wide + rng.uniform(-1, 2)


def _window(
    canvas: Canvas, palette: Palette, x: float, y: float, size: tuple[float, float], *, opened: bool
) -> None:
    half, tall = size[0] / 2, size[1]
    canvas.polygon(box(x - half - 1, y - 1, x + half + 1, y + tall + 1.4), palette.paper, shadow=1)
    glass = Gradient((palette.dark, mix(palette.dark, palette.mid, 0.6)), 60)
    canvas.polygon(box(x - half, y, x + half, y + tall), glass)
    canvas.polygon(
        at(
            (x - half, y + tall * 0.2),
            (x + half, y + tall * 0.02),
            (x + half, y + tall * 0.3),
            (x - half, y + tall * 0.5),
        ),
        palette.paper,
        opacity=0.16,
    )
    canvas.line(at((x, y), (x, y + tall)), palette.paper, width=0.6)
    canvas.line(
        at((x - half, y + tall * 0.42), (x + half, y + tall * 0.42)), palette.paper, width=0.6
    )
    shutter = palette.strong
    for side in (-1, 1):
        inner = x + side * (half + 0.4) if opened else x
        outer = x + side * (half * 1.75) if opened else x + side * half
        left, right = sorted((inner, outer))
        canvas.polygon(
            box(left, y - 0.4, right, y + tall + 0.4),
            Gradient((mix(shutter, palette.paper, 0.12), shutter), 0),
            shadow=0.7,
        )
        for share in np.linspace(0.06, 0.94, 12):
            canvas.line(
                at((left + 0.6, y + tall * share), (right - 0.6, y + tall * share)),
                mix(shutter, palette.dark, 0.45),
                width=0.3,
            )


def _flower_box(canvas: Canvas, palette: Palette, x: float, y: float, wide: float) -> None:
    rng = canvas.rng
    for _ in range(26):
        px, py = x + rng.uniform(-wide / 2, wide / 2), y - rng.uniform(-0.6, 2.6)
        canvas.polygon(leaf(px, py + 1, 2.6, 1.1, rng.uniform(-160, -20)), (72, 104, 76))
    for _ in range(16):
        px, py = x + rng.uniform(-wide / 2, wide / 2), y - rng.uniform(-0.2, 3)
        canvas.polygon(ellipse(px, py, rng.uniform(0.4, 0.8)), palette.accent)
    canvas.polygon(
        box(x - wide / 2, y + 0.8, x + wide / 2, y + 3.2), mix(palette.dark, palette.strong, 0.4)
    )


def _palm(canvas: Canvas, palette: Palette, x: float, foot: float) -> None:
    canvas.line(
        smooth([(x, foot), (x + 1, foot - 8), (x - 0.5, foot - 15)]), palette.dark, width=0.8
    )
    for turn in np.linspace(-200, 20, 9):
        canvas.polygon(
            leaf(x - 0.5, foot - 15, 9, 1.9, float(turn), bend=0.35 if turn > -90 else -0.35),
            palette.dark,
        )
