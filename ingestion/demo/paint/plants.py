"""Botanical sheets: branches, ferns, wild flowers, cut-outs and leaf patterns."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import arch, at, blob, ellipse, leaf, sector, smooth, turned, xy


def branch(canvas: Canvas, palette: Palette) -> None:
    """One branch of round leaves before an arch of colour."""
    rng = canvas.rng
    canvas.flood(palette.paper)
    middle = canvas.width / 2
    canvas.polygon(
        arch(middle - 31, canvas.height * 0.16, middle + 31, canvas.height * 0.9),
        Gradient((palette.light, mix(palette.light, palette.mid, 0.6))),
    )
    stem = smooth(
        [
            (middle - 4, canvas.height * 0.97),
            (middle + 3, canvas.height * 0.68),
            (middle - 3, canvas.height * 0.38),
            (middle + 4, canvas.height * 0.08),
        ]
    )
    canvas.line(stem, palette.dark, width=0.9)
    pairs = 9
    for pair in range(pairs):
        share = 0.22 + 0.74 * pair / (pairs - 1)
        x, y = stem[int(share * (len(stem) - 1))]
        length = 23 * (1 - 0.55 * share)
        for side in (-1, 1):
            angle = -90 + side * (62 - 24 * share + rng.uniform(-6, 6))
            colour = mix(palette.strong, palette.dark, rng.uniform(0, 0.75))
            if rng.random() < 0.16:
                colour = palette.accent
            shape = leaf(x, y, length, length * 0.5, angle, bend=-0.16 * side)
            canvas.polygon(
                shape, Gradient((colour, mix(colour, palette.light, 0.35)), angle + 90), shadow=1.2
            )
            tip = shape[27]
            canvas.line(
                at((x, y), tuple(at((x, y))[0] + (tip - [x, y]) * 0.82)),
                mix(colour, palette.paper, 0.5),
                width=0.3,
            )


def fern(canvas: Canvas, palette: Palette) -> None:
    """Three fronds of fern, pressed like in a herbarium."""
    canvas.flood(Gradient((palette.paper, mix(palette.paper, palette.light, 0.5))))
    foot = (canvas.width * 0.5, canvas.height * 0.95)
    tips = ((0.2, 0.3), (0.83, 0.26), (0.5, 0.07))
    for number, (x, y) in enumerate(tips):
        tip = (canvas.width * x, canvas.height * y)
        bend = ((foot[0] * 0.75 + tip[0] * 0.25), canvas.height * 0.52)
        stem = smooth([foot, bend, tip], steps=40)
        colour = (palette.mid, palette.strong, palette.dark)[number]
        canvas.line(stem, mix(colour, palette.dark, 0.4), width=0.8)
        _frond(canvas, stem, colour, mix(colour, palette.paper, 0.25))


def meadow(canvas: Canvas, palette: Palette) -> None:
    """Wild flowers standing side by side, some in bud."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.paper, mix(palette.paper, palette.light, 0.9))))
    stems = max(9, int(canvas.width / 9))
    for number in rng.permutation(stems):
        x = (number + 0.5) / stems * canvas.width + rng.uniform(-2, 2)
        tall = canvas.height * rng.uniform(0.4, 0.82)
        top = (x + rng.uniform(-6, 6), canvas.height - tall)
        stem = smooth(
            [(x, canvas.height + 2), (x + rng.uniform(-3, 3), canvas.height - tall / 2), top]
        )
        green = mix(palette.strong, palette.dark, rng.uniform(0, 0.9))
        canvas.line(stem, green, width=0.6)
        for share in (0.22, 0.38, 0.54):
            sx, sy = stem[int(share * (len(stem) - 1))]
            side = 1 if rng.random() < 0.5 else -1
            canvas.polygon(leaf(sx, sy, 10, 2.8, -90 + side * 42, bend=0.15 * side), green)
        _flower(canvas, palette, *top, kind=int(rng.integers(0, 4)))


def foliage(canvas: Canvas, palette: Palette) -> None:
    """A wallpaper of leaves in rows, each turned a little."""
    rng = canvas.rng
    canvas.flood(palette.dark)
    cell = 100 / 6
    for row in range(-1, int(canvas.height / cell) + 2):
        for column in range(-1, int(canvas.width / cell) + 2):
            x = column * cell + (cell / 2 if row % 2 else 0)
            y = row * cell + cell * 0.85
            turn = -90 + (38 if (row + column) % 2 else -38) + rng.uniform(-9, 9)
            colour = (palette.mid, palette.strong, palette.light, palette.accent)[
                rng.choice(4, p=(0.4, 0.32, 0.16, 0.12))
            ]
            _veined(canvas, x, y, cell * 1.15, turn, colour, palette.dark)
            canvas.polygon(ellipse(x + cell / 2, y - cell * 0.45, 0.7), palette.accent)


def cutouts(canvas: Canvas, palette: Palette) -> None:
    """Paper cut-outs: algae and pebbles on blocks of colour."""
    rng = canvas.rng
    canvas.flood(palette.paper)
    columns, rows = 2, max(2, round(canvas.height / canvas.width * 2))
    wide, tall = canvas.width / columns, canvas.height / rows
    grounds = [palette.light, palette.mid, palette.paper, palette.strong, palette.accent]
    inks = [palette.dark, palette.paper, palette.strong, palette.paper, palette.dark]
    order = rng.permutation(5)
    for number in range(columns * rows):
        x, y = number % columns * wide, number // columns * tall
        pick = int(order[(number + number // columns) % 5])
        inset = 1.6
        canvas.polygon(
            at(
                (x + inset, y + inset),
                (x + wide - inset, y + inset + rng.uniform(-1, 1)),
                (x + wide - inset, y + tall - inset),
                (x + inset, y + tall - inset),
            ),
            grounds[pick],
        )
        _alga(canvas, x + wide / 2, y + tall / 2, min(wide, tall) * 0.42, inks[pick])


def _frond(
    canvas: Canvas, stem: np.ndarray, colour: tuple[int, int, int], light: tuple[int, int, int]
) -> None:
    count = 34
    for number in range(count):
        share = 0.16 + 0.83 * number / count
        place = int(share * (len(stem) - 2))
        x, y = stem[place]
        dx, dy = stem[place + 1] - stem[place]
        heading = float(np.rad2deg(np.arctan2(dy, dx)))
        length = 17 * np.sin(np.pi * (share * 0.86 + 0.13)) ** 0.8 + 0.8
        for side in (-1, 1):
            shape = leaf(x, y, length, length * 0.2, heading + side * 64, bend=-0.2 * side)
            canvas.polygon(shape, colour if side < 0 else light)


def _flower(canvas: Canvas, palette: Palette, x: float, y: float, *, kind: int) -> None:
    rng = canvas.rng
    colour = (palette.accent, palette.mid, palette.strong, mix(palette.accent, palette.paper, 0.4))[
        int(rng.integers(0, 4))
    ]
    size = rng.uniform(4.2, 7)
    if kind == 0:
        for turn in np.linspace(0, 360, 12, endpoint=False):
            canvas.polygon(leaf(x, y, size, size * 0.36, float(turn)), colour)
        canvas.polygon(ellipse(x, y, size * 0.28), palette.dark)
    elif kind == 1:
        canvas.polygon(
            sector(x, y, size, 180, 360), Gradient((colour, mix(colour, palette.dark, 0.2)))
        )
        for turn in (-125, -90, -55):
            canvas.polygon(
                leaf(x, y, size * 1.3, size * 0.55, turn), mix(colour, palette.paper, 0.2)
            )
    elif kind == 2:
        for step in range(9):
            side = 1 if step % 2 else -1
            canvas.polygon(
                ellipse(x + side * (1.3 - step * 0.1), y + step * 1.5 - 4, 1.3, 1.0),
                mix(colour, palette.paper, step * 0.05),
            )
    else:
        for turn in np.linspace(-170, -10, 13):
            end = turned(at((size * 1.2, 0)), float(turn))[0] + [x, y]
            canvas.line(at((x, y), tuple(end)), palette.dark, width=0.22)
            canvas.polygon(ellipse(*xy(end), 0.75), colour)


def _veined(
    canvas: Canvas,
    x: float,
    y: float,
    length: float,
    turn: float,
    colour: tuple[int, int, int],
    vein: tuple[int, int, int],
) -> None:
    shape = leaf(x, y, length, length * 0.46, turn)
    canvas.polygon(shape, colour)
    start, tip = np.array([x, y]), shape[27]
    canvas.line(np.array([start, start + (tip - start) * 0.92]), vein, width=0.5)
    for share in (0.25, 0.42, 0.58, 0.74):
        spot = start + (tip - start) * share
        for side in (-1, 1):
            end = spot + turned(at((length * 0.2 * (1.15 - share), 0)), turn + side * 48)[0]
            canvas.line(np.array([spot, end]), vein, width=0.35)


def _alga(canvas: Canvas, x: float, y: float, size: float, colour: tuple[int, int, int]) -> None:
    rng = canvas.rng
    lean = rng.uniform(-40, 40)
    for step in range(6):
        share = step / 5
        offset = turned(at((0, size * (0.8 - 1.5 * share))), lean)[0]
        for side in (-1, 1):
            length = size * (0.78 - 0.38 * share)
            canvas.polygon(
                leaf(
                    x + offset[0],
                    y + offset[1],
                    length,
                    length * 0.42,
                    lean - 90 + side * 52,
                    bend=0.3 * side,
                    belly=1.35,
                ),
                colour,
            )
    spine = turned(at((0, size * 1.0), (0, -size * 0.75)), lean) + at((x, y))
    canvas.line(spine, colour, width=size * 0.11)
    canvas.polygon(blob(rng, *xy(spine[1]), size * 0.13), colour)
