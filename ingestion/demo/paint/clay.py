"""Still lifes: vases in a row, a vase with stems, bowls from above."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Colour, Gradient, Points, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import at, box, ellipse, lathe, leaf, sector, smooth, xy

# Each vessel from rim to foot, by depth and radius as shares of its height.
PROFILES: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0, 0.2), (0.08, 0.17), (0.2, 0.18), (0.4, 0.38), (0.62, 0.46), (0.85, 0.36), (1, 0.22)),
    ((0, 0.3), (0.06, 0.27), (0.3, 0.33), (0.65, 0.37), (0.88, 0.34), (1, 0.29)),
    ((0, 0.1), (0.28, 0.09), (0.42, 0.14), (0.6, 0.31), (0.78, 0.37), (0.92, 0.33), (1, 0.27)),
    ((0, 0.34), (0.08, 0.29), (0.18, 0.29), (0.36, 0.43), (0.56, 0.48), (0.8, 0.38), (1, 0.24)),
    (
        (0, 0.15),
        (0.1, 0.12),
        (0.2, 0.13),
        (0.32, 0.23),
        (0.46, 0.23),
        (0.6, 0.3),
        (0.8, 0.34),
        (1, 0.24),
    ),
)


def vases(canvas: Canvas, palette: Palette) -> None:
    """A family of vases on a table before a plain wall."""
    table = canvas.height * 0.78
    _room(canvas, palette, table)
    rng = canvas.rng
    count = max(3, round(canvas.width / 30))
    glazes = [palette.strong, palette.accent, palette.paper, palette.mid, palette.dark]
    order = rng.permutation(5)
    pace = canvas.width * 0.86 / count
    for number in range(count):
        x = canvas.width * 0.07 + pace * (number + 0.5)
        tall = min(canvas.height * 0.55, pace * rng.uniform(1.2, 1.9))
        foot = table + rng.uniform(3, 9)
        shape = int(order[number % 5])
        outline = vessel(
            canvas,
            palette,
            x,
            foot,
            tall,
            profile=shape,
            glaze=glazes[int(order[(number + 2) % 5])],
        )
        _decorate(canvas, palette, outline, style=int(rng.integers(0, 4)))


def bouquet(canvas: Canvas, palette: Palette) -> None:
    """One vase with a few dry stems before a disc of light."""
    rng = canvas.rng
    table = canvas.height * 0.82
    _room(canvas, palette, table)
    middle = canvas.width / 2
    canvas.polygon(
        ellipse(middle + 8, canvas.height * 0.4, 30), mix(palette.mid, palette.light, 0.35)
    )
    tall = 34.0
    foot = table + 6
    neck = (middle, foot - tall + 1)
    for number in range(7):
        lean = -27 + 9 * number + rng.uniform(-3, 3)
        reach = canvas.height * rng.uniform(0.36, 0.5)
        tip = (
            middle + np.sin(np.deg2rad(lean)) * reach,
            neck[1] - np.cos(np.deg2rad(lean)) * reach,
        )
        bend = ((middle + tip[0]) / 2 - lean * 0.08, (neck[1] + tip[1]) / 2)
        stem = smooth([neck, bend, tip], steps=24)
        colour = (palette.strong, palette.dark, palette.accent)[number % 3]
        canvas.line(stem, mix(colour, palette.dark, 0.3), width=0.5)
        _stem_leaves(canvas, stem, colour, slim=number % 2 == 0)
    outline = vessel(
        canvas, palette, middle, foot, tall, profile=int(rng.choice([0, 2, 3])), glaze=palette.paper
    )
    _decorate(canvas, palette, outline, style=int(rng.integers(1, 4)))


def bowls(canvas: Canvas, palette: Palette) -> None:
    """Bowls and plates from above on linen."""
    rng = canvas.rng
    canvas.flood(Gradient((palette.light, mix(palette.light, palette.mid, 0.35)), 50))
    for line in np.arange(0, canvas.width + canvas.height, 1.1):
        canvas.line(at((line, 0), (line, canvas.height)), palette.paper, width=0.18, opacity=0.25)
        canvas.line(at((0, line), (canvas.width, line)), palette.dark, width=0.16, opacity=0.06)
    spots = [
        (0.27, 0.22, 20),
        (0.76, 0.2, 14),
        (0.7, 0.55, 24),
        (0.2, 0.58, 13),
        (0.3, 0.84, 17),
        (0.8, 0.88, 12),
    ]
    glazes = [
        palette.paper,
        palette.strong,
        palette.dark,
        palette.accent,
        palette.mid,
        palette.paper,
    ]
    order = rng.permutation(6)
    for number, (x, y, radius) in enumerate(spots):
        _plate(
            canvas, palette, canvas.width * x, canvas.height * y, radius, glazes[int(order[number])]
        )


def vessel(
    canvas: Canvas,
    palette: Palette,
    x: float,
    foot: float,
    tall: float,
    *,
    profile: int,
    glaze: Colour,
) -> Points:
    """Draw a turned vessel that stands on `foot`, with its shadow, and return its outline."""
    sides = [(depth * tall, radius * tall) for depth, radius in PROFILES[profile]]
    outline = lathe(x, foot - tall, sides)
    rim, base = sides[0][1], sides[-1][1]
    canvas.glow(
        ellipse(x + tall * 0.28, foot, tall * 0.5, tall * 0.07),
        palette.dark,
        blur=tall * 0.035,
        opacity=0.4,
    )
    lit, shaded = mix(glaze, (255, 255, 255), 0.22), mix(glaze, palette.dark, 0.5)
    fill = Gradient((lit, glaze, glaze, shaded), 0)
    canvas.polygon(ellipse(x, foot, base, base * 0.16), mix(glaze, palette.dark, 0.35))
    canvas.polygon(outline, fill)
    canvas.polygon(ellipse(x, foot - tall, rim, rim * 0.17), mix(glaze, (255, 255, 255), 0.3))
    canvas.polygon(ellipse(x, foot - tall, rim * 0.84, rim * 0.12), mix(palette.dark, glaze, 0.25))
    return outline


def _room(canvas: Canvas, palette: Palette, table: float) -> None:
    wall = mix(palette.light, palette.paper, 0.35)
    canvas.flood(Gradient((wall, mix(wall, palette.light, 0.9)), 60))
    window = at(
        (canvas.width * 0.08, 0),
        (canvas.width * 0.42, 0),
        (canvas.width * 0.8, table),
        (canvas.width * 0.36, table),
    )
    canvas.glow(window, palette.paper, blur=2.5, opacity=0.5)
    cloth = mix(palette.mid, palette.paper, 0.25)
    canvas.polygon(
        box(-1, table, canvas.width + 1, canvas.height + 1),
        Gradient((cloth, mix(cloth, palette.strong, 0.35))),
    )


def _decorate(canvas: Canvas, palette: Palette, outline: Points, *, style: int) -> None:
    left, top = outline.min(axis=0)
    right, bottom = outline.max(axis=0)
    tall, middle = bottom - top, (left + right) / 2
    with canvas.clipped(outline[outline[:, 1] > top + tall * 0.04]):
        if style == 1:
            for share in (0.45, 0.51, 0.57):
                ring = ellipse(middle, top + tall * share, (right - left) * 0.6, tall * 0.06)
                front = ring[ring[:, 1] > top + tall * share]
                canvas.line(
                    front[np.argsort(front[:, 0])], palette.dark, width=tall * 0.014, opacity=0.6
                )
        elif style == 2:
            canvas.polygon(
                np.concatenate(
                    [
                        ellipse(middle, top + tall * 0.62, right - left, tall * 0.06)[:48],
                        at((left - 1, bottom + 2), (right + 1, bottom + 2)),
                    ]
                ),
                Gradient((mix(palette.dark, palette.strong, 0.4), palette.dark), 0),
                opacity=0.75,
            )
        elif style == 3:
            for _ in range(70):
                spot = canvas.rng.uniform((left, top), (right, bottom))
                canvas.polygon(
                    ellipse(*xy(spot), canvas.rng.uniform(0.1, 0.35)), palette.dark, opacity=0.55
                )


def _stem_leaves(canvas: Canvas, stem: Points, colour: Colour, *, slim: bool) -> None:
    for share in np.linspace(0.45, 1.0, 8):
        place = min(int(share * (len(stem) - 1)), len(stem) - 2)
        dx, dy = stem[place + 1] - stem[place]
        heading = float(np.rad2deg(np.arctan2(dy, dx)))
        for side in (-1, 1):
            if slim:
                canvas.polygon(leaf(*xy(stem[place]), 7, 1.9, heading + side * 34), colour)
            else:
                end = stem[place] + [side * 2.0, -1.0]
                canvas.polygon(ellipse(*xy(end), 1.45, 1.2), mix(colour, (255, 255, 255), 0.14))


def _plate(
    canvas: Canvas, palette: Palette, x: float, y: float, radius: float, glaze: Colour
) -> None:
    canvas.polygon(
        ellipse(x, y, radius),
        Gradient((mix(glaze, (255, 255, 255), 0.25), mix(glaze, palette.dark, 0.15)), 50),
        shadow=4,
    )
    inside = mix(glaze, palette.dark, 0.16)
    canvas.polygon(
        ellipse(x, y, radius * 0.82), Gradient((inside, mix(glaze, (255, 255, 255), 0.2)), 50)
    )
    style = int(canvas.rng.integers(0, 4))
    ink = palette.dark if glaze != palette.dark else palette.accent
    if style == 0:
        for ring in (0.7, 0.62):
            circle = ellipse(x, y, radius * ring)
            canvas.line(np.concatenate([circle, circle[:2]]), ink, width=0.3, opacity=0.5)
    elif style == 1:
        for _ in range(60):
            turn, far = canvas.rng.uniform(0, 2 * np.pi), radius * 0.8 * canvas.rng.random() ** 0.5
            canvas.polygon(
                ellipse(x + np.cos(turn) * far, y + np.sin(turn) * far, 0.26), ink, opacity=0.55
            )
    elif style == 2:
        canvas.polygon(
            sector(x, y, radius * 0.82, -20, 150), mix(glaze, palette.strong, 0.55), opacity=0.8
        )
    else:
        for turn in np.linspace(0, 360, 14, endpoint=False):
            canvas.polygon(
                leaf(
                    x + np.cos(np.deg2rad(turn)) * radius * 0.34,
                    y + np.sin(np.deg2rad(turn)) * radius * 0.34,
                    radius * 0.4,
                    radius * 0.11,
                    float(turn),
                ),
                ink,
                opacity=0.6,
            )
