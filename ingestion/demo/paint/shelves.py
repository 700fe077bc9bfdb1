"""A kitchen shelf: jars, stacked cups, potted plants and vessels on wooden boards."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Gradient, mix
from ingestion.demo.paint.clay import PROFILES, vessel
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import arch, at, box, leaf


def shelf(canvas: Canvas, palette: Palette) -> None:
    """Open shelves with jars, cups and small plants."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, mix(palette.paper, palette.light, 0.7)), 60))
    boards = max(2, round(canvas.height / 38))
    wood = mix(palette.accent, palette.dark, 0.3)
    for board in range(boards):
        y = canvas.height * (board + 0.86) / boards
        x = 7.0
        while x < canvas.width - 12:
            wide = rng.uniform(9, 15)
            tall = min(rng.uniform(10, 24), canvas.height / boards * 0.66)
            if x + wide > canvas.width - 6:
                break
            kind = int(rng.integers(0, 4))
            _ware(canvas, palette, x, y, (wide, tall), kind=kind)
            x += wide + rng.uniform(1.5, 4)
        plank = box(3, y, canvas.width - 3, y + 2.2)
        canvas.polygon(plank, Gradient((mix(wood, palette.paper, 0.2), wood)), shadow=2.5)
        for place in (14.0, canvas.width - 16):
            canvas.polygon(box(place, y + 2.2, place + 1.4, y + 7), palette.dark)


def _ware(
    canvas: Canvas, palette: Palette, x: float, foot: float, size: tuple[float, float], *, kind: int
) -> None:
    wide, tall = size
    rng = canvas.rng
    glaze = palette.steps[int(rng.integers(0, 5))]
    fill = Gradient((mix(glaze, (255, 255, 255), 0.25), glaze, mix(glaze, palette.dark, 0.3)), 0)
    middle = x + wide / 2
    if kind == 0:
        canvas.polygon(box(x + wide * 0.1, foot - tall, x + wide * 0.9, foot), fill)
        canvas.polygon(
            box(x, foot - tall - 2, x + wide, foot - tall), mix(palette.accent, palette.dark, 0.35)
        )
        canvas.polygon(
            box(x + wide * 0.26, foot - tall * 0.68, x + wide * 0.74, foot - tall * 0.34),
            palette.paper,
            opacity=0.85,
        )
    elif kind == 1:
        for number in range(3):
            top = foot - (number + 1) * tall * 0.26
            cup = at(
                (x, top),
                (x + wide, top),
                (x + wide * 0.78, top + tall * 0.25),
                (x + wide * 0.22, top + tall * 0.25),
            )
            canvas.polygon(cup, fill)
    elif kind == 2:
        pot = at(
            (x + wide * 0.12, foot - tall * 0.4),
            (x + wide * 0.88, foot - tall * 0.4),
            (x + wide * 0.74, foot),
            (x + wide * 0.26, foot),
        )
        for turn in np.linspace(-165, -15, 9):
            green = mix(palette.strong, palette.dark, rng.uniform(0.1, 0.8))
            canvas.polygon(
                leaf(
                    middle,
                    foot - tall * 0.38,
                    tall * 0.7,
                    tall * 0.2,
                    float(turn),
                    bend=0.2 if turn > -90 else -0.2,
                ),
                green,
            )
        canvas.polygon(pot, fill)
    else:
        vessel(
            canvas,
            palette,
            middle,
            foot,
            tall,
            profile=int(rng.integers(0, len(PROFILES))),
            glaze=glaze,
        )
    if kind == 0 and rng.random() < 0.5:
        canvas.polygon(arch(middle - 1, foot - tall - 4, middle + 1, foot - tall - 2), palette.dark)
