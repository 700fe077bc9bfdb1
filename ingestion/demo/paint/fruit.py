"""Fruit: slices of citrus, pears in a row, figs and a pomegranate cut open."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Colour, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import at, blob, ellipse, leaf, sector, smooth, turned, xy

ZEST: tuple[Colour, ...] = (
    (244, 178, 62),
    (238, 140, 58),
    (226, 106, 84),
    (246, 210, 92),
    (190, 202, 96),
)
LEAF: Colour = (74, 112, 82)


def citrus(canvas: Canvas, palette: Palette) -> None:
    """Slices of orange, lemon and grapefruit scattered with leaves."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, palette.light), 50))
    cell = 33.0
    for row in range(-1, int(canvas.height / cell) + 2):
        for column in range(-1, int(canvas.width / cell) + 2):
            x = column * cell + (cell / 2 if row % 2 else 0) + rng.uniform(-2, 2)
            y = row * cell * 0.92 + rng.uniform(-2, 2) + 8
            turn = rng.uniform(0, 360)
            canvas.polygon(leaf(x + 12, y + 8, 12, 5, rng.uniform(10, 70)), LEAF, shadow=1)
            _slice(canvas, x, y, rng.uniform(11, 14.5), turn, ZEST[int(rng.integers(0, 5))])


def pears(canvas: Canvas, palette: Palette) -> None:
    """Pears on a plain cloth, one of them halved."""
    canvas.flood(Gradient((palette.light, mix(palette.light, palette.paper, 0.6))))
    line = canvas.height * 0.66
    canvas.polygon(
        at(
            (-1, line),
            (canvas.width + 1, line),
            (canvas.width + 1, canvas.height + 1),
            (-1, canvas.height + 1),
        ),
        Gradient((palette.mid, mix(palette.mid, palette.strong, 0.5))),
    )
    count = max(3, round(canvas.width / 36))
    pace = canvas.width / (count + 0.2)
    skins = (palette.accent, (198, 190, 92), (216, 164, 76), (186, 110, 74))
    for number in range(count):
        x = pace * (number + 0.6)
        size = min(canvas.height * 0.5, pace * 1.25)
        foot = line + canvas.height * 0.1 + (number % 2) * 5
        _pear(canvas, palette, x, foot, size, skins[number % 4], halved=number == count // 2)


def figs(canvas: Canvas, palette: Palette) -> None:
    """Figs cut open among whole ones."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, palette.light), 60))
    plum = mix((84, 48, 86), palette.dark, 0.35)
    cell = 31.0
    for row in range(-1, int(canvas.height / cell) + 2):
        for column in range(-1, int(canvas.width / cell) + 2):
            x = column * cell + (cell / 2 if row % 2 else 0)
            y = row * cell + cell / 2
            turn = rng.uniform(-30, 30)
            _fig(canvas, palette, x, y, 11.5, turn, plum, opened=(row + column) % 2 == 0)


def berries(canvas: Canvas, palette: Palette) -> None:
    """A bowl of cherries seen from above."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.mid, palette.light), 60))
    x, y = canvas.width / 2, canvas.height / 2
    glaze = mix(palette.paper, (255, 255, 255), 0.5)
    canvas.polygon(
        ellipse(x, y, 41), Gradient((glaze, mix(glaze, palette.dark, 0.2)), 50), shadow=6
    )
    canvas.polygon(ellipse(x, y, 37), Gradient((mix(glaze, palette.dark, 0.25), glaze), 50))
    red = mix((170, 38, 52), palette.strong, 0.15)
    for _ in range(150):
        turn, far = rng.uniform(0, 2 * np.pi), 31 * rng.random() ** 0.55
        px, py = x + np.cos(turn) * far, y + np.sin(turn) * far
        size = rng.uniform(3.6, 4.6)
        colour = mix(red, (70, 10, 30), rng.uniform(0, 0.65))
        canvas.polygon(
            ellipse(px, py, size),
            Gradient((mix(colour, (255, 200, 190), 0.25), colour), 50),
            shadow=0.9,
        )
        canvas.glow(
            ellipse(px - size * 0.35, py - size * 0.4, size * 0.2),
            (255, 255, 255),
            blur=0.3,
            opacity=0.6,
        )
        if rng.random() < 0.3:
            end = (px + rng.uniform(-9, 9), py - rng.uniform(5, 10))
            canvas.line(
                smooth([(px, py), ((px + end[0]) / 2 + 1, (py + end[1]) / 2), end]),
                LEAF,
                width=0.45,
            )


def _slice(canvas: Canvas, x: float, y: float, radius: float, turn: float, flesh: Colour) -> None:
    canvas.polygon(ellipse(x, y, radius), flesh, shadow=2.2)
    pith = mix(flesh, (255, 252, 240), 0.82)
    canvas.polygon(ellipse(x, y, radius * 0.91), pith)
    segments = 9
    for segment in range(segments):
        start = turn + segment * 360 / segments + 3
        end = start + 360 / segments - 6
        piece = sector(x, y, radius * 0.83, start, end, hole=radius * 0.12)
        canvas.polygon(piece, Gradient((mix(flesh, (255, 255, 255), 0.25), flesh), 45))
        middle = np.deg2rad((start + end) / 2)
        for far in (0.4, 0.56, 0.7):
            drop = ellipse(
                x + np.cos(middle) * radius * far,
                y + np.sin(middle) * radius * far,
                radius * 0.07,
                radius * 0.02,
                angle=float(np.rad2deg(middle)),
            )
            canvas.polygon(drop, mix(flesh, (255, 255, 255), 0.6))


def _pear(
    canvas: Canvas,
    palette: Palette,
    x: float,
    foot: float,
    size: float,
    skin: Colour,
    *,
    halved: bool,
) -> None:
    half = [
        (0.0, 0.09),
        (0.1, 0.15),
        (0.3, 0.19),
        (0.55, 0.3),
        (0.78, 0.35),
        (0.95, 0.24),
        (1.0, 0.06),
    ]
    right = [(x + radius * size, foot - size + depth * size) for depth, radius in half]
    left = [(x - radius * size, foot - size + depth * size) for depth, radius in reversed(half)]
    outline = smooth([*right, *left], closed=True)
    canvas.glow(
        ellipse(x + size * 0.16, foot, size * 0.42, size * 0.06),
        palette.dark,
        blur=size * 0.03,
        opacity=0.45,
    )
    canvas.line(
        smooth([(x, foot - size), (x + 1, foot - size * 1.08), (x + 3, foot - size * 1.13)]),
        (92, 66, 44),
        width=1,
    )
    canvas.polygon(
        outline,
        Gradient((mix(skin, (255, 250, 220), 0.35), skin, mix(skin, palette.dark, 0.4)), 25),
    )
    if halved:
        centre = outline.mean(axis=0)
        canvas.polygon(
            centre + (outline - centre) * 0.9, Gradient(((252, 244, 222), (244, 228, 188)), 40)
        )
        canvas.polygon(ellipse(x, foot - size * 0.3, size * 0.09, size * 0.12), (232, 206, 156))
        for side in (-1, 1):
            canvas.polygon(
                leaf(
                    x + side * size * 0.03,
                    foot - size * 0.36,
                    size * 0.11,
                    size * 0.05,
                    90 - side * 14,
                ),
                (84, 52, 36),
            )
    else:
        for _ in range(46):
            spot = canvas.rng.uniform(
                (x - size * 0.26, foot - size * 0.5), (x + size * 0.26, foot - size * 0.06)
            )
            canvas.polygon(ellipse(*xy(spot), 0.18), (110, 76, 40), opacity=0.45)
        canvas.polygon(leaf(x + 2, foot - size * 1.08, size * 0.3, size * 0.13, -18), LEAF)


def _fig(
    canvas: Canvas,
    palette: Palette,
    x: float,
    y: float,
    size: float,
    turn: float,
    skin: Colour,
    *,
    opened: bool,
) -> None:
    shape = smooth(
        [
            (0, -1.25),
            (0.2, -0.9),
            (0.72, -0.2),
            (0.82, 0.35),
            (0.45, 0.85),
            (0, 0.95),
            (-0.45, 0.85),
            (-0.82, 0.35),
            (-0.72, -0.2),
            (-0.2, -0.9),
        ],
        closed=True,
    )
    outline = turned(shape * size, turn) + at((x, y))
    canvas.polygon(
        outline,
        Gradient((mix(skin, (210, 180, 220), 0.3), skin, mix(skin, palette.dark, 0.4)), 20),
        shadow=2.4,
    )
    if not opened:
        for dx in (-0.45, -0.15, 0.15, 0.45):
            rib = turned(
                smooth([(0, -1.1), (dx, -0.2), (dx * 1.3, 0.4), (dx * 0.6, 0.85)]) * size, turn
            )
            canvas.line(rib + at((x, y)), mix(skin, (230, 205, 235), 0.35), width=0.25, opacity=0.5)
        return
    centre = turned(at((0, 0.1 * size)), turn)[0] + [x, y]
    canvas.polygon(centre + (outline - centre) * 0.88, (248, 232, 206))
    heart = turned(shape * size * np.array([0.62, 0.6]), turn) + centre
    canvas.polygon(heart, Gradient(((226, 110, 104), (176, 54, 72))))
    for _ in range(48):
        way, far = canvas.rng.uniform(0, 2 * np.pi), canvas.rng.random() ** 0.5 * size * 0.42
        seed = blob(
            canvas.rng,
            centre[0] + np.cos(way) * far,
            centre[1] + np.sin(way) * far + size * 0.05,
            0.34,
        )
        canvas.polygon(seed, (250, 214, 150))
