"""Interiors: a chair under a lamp, a desk by a window, a sofa with pictures."""

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Colour, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import arch, at, box, ellipse, leaf, sector, smooth

LAMP_LIGHT = (255, 244, 214)


def reading_corner(canvas: Canvas, palette: Palette) -> None:
    """An arm chair under an arched lamp, a plant beside it."""
    floor = canvas.height * 0.8
    _shell(canvas, palette, floor)
    middle = canvas.width * 0.44
    rug = ellipse(middle + 6, floor + canvas.height * 0.1, 40, 6.5)
    canvas.polygon(rug, palette.accent)
    canvas.polygon(
        ellipse(middle + 6, floor + canvas.height * 0.1, 35, 5.2),
        mix(palette.accent, palette.paper, 0.35),
    )
    _picture(canvas, palette, middle - 16, canvas.height * 0.2, (24, 32))
    _armchair(canvas, palette, middle, floor + 5)
    _plant(canvas, palette, canvas.width * 0.12, floor + 4, 34)
    lamp = [
        (canvas.width * 0.9, floor + 6),
        (canvas.width * 0.9, canvas.height * 0.42),
        (canvas.width * 0.82, canvas.height * 0.27),
        (canvas.width * 0.66, canvas.height * 0.25),
        (canvas.width * 0.6, canvas.height * 0.33),
    ]
    canvas.line(smooth(lamp), palette.dark, width=0.9)
    canvas.polygon(ellipse(canvas.width * 0.9, floor + 6.5, 6, 1.2), palette.dark)
    _lamp_head(canvas, palette, canvas.width * 0.6, canvas.height * 0.33)


def desk(canvas: Canvas, palette: Palette) -> None:
    """A desk by a window with hills outside."""
    floor = canvas.height * 0.84
    _shell(canvas, palette, floor)
    left, right = canvas.width * 0.24, canvas.width * 0.76
    top, sill = canvas.height * 0.1, canvas.height * 0.5
    canvas.polygon(box(left - 2, top - 2, right + 2, sill + 2), palette.paper, shadow=1.5)
    with canvas.clipped(box(left, top, right, sill)):
        canvas.polygon(box(left, top, right, sill), Gradient((palette.light, palette.paper)))
        canvas.polygon(ellipse((left + right) / 2 + 8, top + 15, 6.5), palette.sun)
        for layer, colour in enumerate((palette.mid, palette.strong, palette.dark)):
            hill = ellipse(
                left + (right - left) * (0.2, 0.85, 0.4)[layer],
                sill + 12 - layer * 2,
                36 - layer * 4,
                26 - layer * 6,
            )
            canvas.polygon(hill, colour)
    for x in (left + (right - left) / 2,):
        canvas.line(at((x, top), (x, sill)), palette.paper, width=1.1)
    canvas.line(at((left, (top + sill) / 2), (right, (top + sill) / 2)), palette.paper, width=1.1)
    table = canvas.height * 0.64
    wood = mix(palette.accent, palette.dark, 0.35)
    for x in (canvas.width * 0.16, canvas.width * 0.84):
        canvas.polygon(
            at((x - 1, table), (x + 1, table), (x + 0.4, floor + 7), (x - 0.6, floor + 7)), wood
        )
    canvas.polygon(
        box(canvas.width * 0.1, table, canvas.width * 0.9, table + 2.4),
        Gradient((mix(wood, palette.paper, 0.25), wood)),
        shadow=2,
    )
    _books(canvas, palette, canvas.width * 0.17, table)
    _plant(canvas, palette, canvas.width * 0.74, table, 20)
    _stool(canvas, palette, canvas.width * 0.48, floor + 8)


def sofa(canvas: Canvas, palette: Palette) -> None:
    """A long sofa under a wall of pictures."""
    floor = canvas.height * 0.82
    _shell(canvas, palette, floor)
    middle = canvas.width / 2
    for number, (dx, wide, tall) in enumerate(((-27, 17, 22), (-6, 21, 28), (18, 15, 19))):
        _picture(canvas, palette, middle + dx, canvas.height * (0.15 + 0.02 * number), (wide, tall))
    half, seat = min(40.0, canvas.width * 0.36), floor - 8
    body = palette.strong
    canvas.glow(ellipse(middle, floor + 5, half + 4, 2.4), palette.dark, blur=1.6, opacity=0.45)
    back = _rounded(middle - half + 3, seat - 17, middle + half - 3, seat + 4, 4)
    canvas.polygon(back, Gradient((mix(body, palette.paper, 0.12), body)))
    for part in range(2):
        left = middle - half + 5 + part * (half - 5)
        canvas.polygon(
            _rounded(left, seat - 5, left + half - 5.6, seat + 3, 2.2),
            Gradient((mix(body, palette.paper, 0.28), body)),
            shadow=1,
        )
    canvas.polygon(
        _rounded(middle - half, seat + 2, middle + half, seat + 9, 2.4),
        Gradient((body, mix(body, palette.dark, 0.3))),
    )
    for side in (-1.0, 1.0):
        arm = middle + side * (half - 2)
        rest = _rounded(arm - 3.5, seat - 8, arm + 3.5, seat + 9, 3)
        canvas.polygon(rest, mix(body, palette.dark, 0.18))
        canvas.line(at((arm, seat + 9), (arm + side, floor + 5)), palette.dark, width=1)
    for side, colour in ((-0.62, palette.accent), (0.55, palette.light)):
        x = middle + side * half
        cushion = _rounded(x - 6, seat - 13, x + 6, seat - 2, 2.5)
        canvas.polygon(
            cushion, Gradient((mix(colour, palette.paper, 0.25), colour), 40), shadow=1.2
        )
    _plant(
        canvas,
        palette,
        canvas.width * 0.93 if canvas.width > 110 else middle + half + 5,
        floor + 5,
        30,
    )


def _shell(canvas: Canvas, palette: Palette, floor: float) -> None:
    wall = mix(palette.light, palette.mid, 0.25)
    canvas.flood(Gradient((mix(wall, palette.paper, 0.35), wall), 60))
    beam = at(
        (0, canvas.height * 0.12),
        (canvas.width * 0.5, 0),
        (canvas.width, 0),
        (canvas.width, canvas.height * 0.1),
        (canvas.width * 0.3, floor),
        (0, floor),
    )
    canvas.glow(beam, palette.paper, blur=3, opacity=0.28)
    wood = mix(palette.mid, palette.strong, 0.45)
    canvas.polygon(
        box(-1, floor, canvas.width + 1, canvas.height + 1),
        Gradient((mix(wood, palette.paper, 0.18), wood)),
    )
    canvas.polygon(box(-1, floor - 1.6, canvas.width + 1, floor), mix(palette.paper, wall, 0.3))


def _picture(
    canvas: Canvas, palette: Palette, left: float, top: float, size: tuple[float, float]
) -> None:
    right, bottom = left + size[0], top + size[1]
    canvas.polygon(box(left, top, right, bottom), palette.dark, shadow=1.6)
    canvas.polygon(box(left + 0.7, top + 0.7, right - 0.7, bottom - 0.7), palette.paper)
    inner = box(left + 2.6, top + 2.6, right - 2.6, bottom - 2.6)
    kind = int(canvas.rng.integers(0, 3))
    with canvas.clipped(inner):
        canvas.polygon(inner, palette.light)
        x, y = (left + right) / 2, (top + bottom) / 2
        if kind == 0:
            canvas.polygon(ellipse(x, y - 2, size[0] * 0.22), palette.accent)
            canvas.polygon(ellipse(x - 4, bottom, size[0] * 0.6, size[1] * 0.3), palette.strong)
            canvas.polygon(ellipse(x + 7, bottom + 2, size[0] * 0.6, size[1] * 0.3), palette.dark)
        elif kind == 1:
            for ring, colour in (
                (0.36, palette.strong),
                (0.26, palette.light),
                (0.16, palette.accent),
            ):
                canvas.polygon(
                    arch(x - size[0] * ring, y - size[1] * ring * 0.8, x + size[0] * ring, bottom),
                    colour,
                )
        else:
            for turn in range(-150, -29, 24):
                canvas.polygon(
                    leaf(x, bottom - 3, size[1] * 0.55, size[1] * 0.13, turn), palette.strong
                )


def _armchair(canvas: Canvas, palette: Palette, x: float, foot: float) -> None:
    body = palette.strong
    canvas.glow(ellipse(x + 2, foot + 1, 22, 2), palette.dark, blur=1.4, opacity=0.45)
    for dx, lean in ((-13, -2.5), (13, 2.5), (-9, -0.8), (9, 0.8)):
        canvas.line(at((x + dx, foot - 8), (x + dx + lean, foot + 1)), palette.dark, width=1.1)
    canvas.polygon(
        _rounded(x - 17, foot - 40, x + 17, foot - 10, 11),
        Gradient((mix(body, palette.paper, 0.22), body)),
    )
    for dx in (-8, 0, 8):
        canvas.line(
            at((x + dx, foot - 36), (x + dx * 0.9, foot - 20)),
            mix(body, palette.dark, 0.3),
            width=0.4,
            opacity=0.7,
        )
    canvas.polygon(
        _rounded(x - 15, foot - 20, x + 15, foot - 10, 4),
        Gradient((mix(body, palette.paper, 0.35), mix(body, palette.dark, 0.05))),
        shadow=1,
    )
    canvas.polygon(_rounded(x - 17, foot - 13, x + 17, foot - 6, 3), mix(body, palette.dark, 0.22))
    for side in (-1, 1):
        canvas.polygon(
            _rounded(x + side * 17 - 4, foot - 25, x + side * 17 + 4, foot - 6, 4),
            Gradient((mix(body, palette.paper, 0.12), mix(body, palette.dark, 0.25))),
        )
    cushion = _rounded(x - 8, foot - 29, x + 6, foot - 16, 3)
    canvas.polygon(
        cushion, Gradient((mix(palette.accent, palette.paper, 0.3), palette.accent), 40), shadow=1
    )


def _lamp_head(canvas: Canvas, palette: Palette, x: float, y: float) -> None:
    light = at((x - 7, y + 6), (x + 7, y + 6), (x + 22, y + 44), (x - 22, y + 44))
    canvas.glow(light, LAMP_LIGHT, blur=4, opacity=0.34)
    canvas.polygon(sector(x, y + 7, 8, 180, 360), palette.dark)
    canvas.polygon(ellipse(x, y + 7, 8, 1.5), LAMP_LIGHT)


def _plant(canvas: Canvas, palette: Palette, x: float, foot: float, tall: float) -> None:
    rng = canvas.rng
    for turn in np.linspace(-155, -25, 13):
        length = tall * rng.uniform(0.55, 0.85)
        green = _green(palette, float(rng.uniform(0.1, 0.9)))
        canvas.polygon(
            leaf(
                x,
                foot - tall * 0.26,
                length,
                length * 0.24,
                float(turn),
                bend=(0.24 if turn > -90 else -0.24),
            ),
            Gradient((mix(green, palette.paper, 0.15), green)),
        )
    pot = at(
        (x - tall * 0.15, foot - tall * 0.28),
        (x + tall * 0.15, foot - tall * 0.28),
        (x + tall * 0.11, foot),
        (x - tall * 0.11, foot),
    )
    canvas.polygon(pot, Gradient((palette.paper, mix(palette.paper, palette.dark, 0.25)), 0))


def _green(palette: Palette, share: float) -> Colour:
    return mix(
        mix((92, 122, 84), palette.strong, 0.25), mix((34, 62, 52), palette.dark, 0.4), share
    )


def _books(canvas: Canvas, palette: Palette, x: float, foot: float) -> None:
    for colour in (palette.strong, palette.paper, palette.accent, palette.dark, palette.mid):
        wide, tall = canvas.rng.uniform(1.6, 3), canvas.rng.uniform(9, 14)
        canvas.polygon(box(x, foot - tall, x + wide, foot), colour)
        canvas.polygon(
            box(x, foot - tall * 0.8, x + wide, foot - tall * 0.72), palette.paper, opacity=0.6
        )
        x += wide


def _stool(canvas: Canvas, palette: Palette, x: float, foot: float) -> None:
    for dx in (-6, 6, -2, 2):
        canvas.line(at((x + dx * 0.7, foot - 20), (x + dx, foot)), palette.dark, width=0.9)
    canvas.polygon(_rounded(x - 8, foot - 22, x + 8, foot - 18.5, 1.6), palette.strong)


def _rounded(left: float, top: float, right: float, bottom: float, radius: float) -> np.ndarray:
    radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    corners = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    return np.concatenate([sector(x, y, radius, start, start + 90)[:-1] for x, y, start in corners])
