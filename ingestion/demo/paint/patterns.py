"""Flat patterns: mid-century tiles, terrazzo, quilts, weaves, rainbows, washes of water colour."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ingestion.demo.paint.canvas import Canvas, Colour, Gradient, mix
from ingestion.demo.paint.palettes import Palette
from ingestion.demo.paint.strokes import at, blob, box, ellipse, leaf, sector


@dataclass(frozen=True, slots=True)
class _Tile:
    """A square by its upper left corner and its side, with three colours."""

    x: float
    y: float
    cell: float
    ground: Colour
    ink: Colour
    third: Colour

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.cell / 2, self.y + self.cell / 2

    @property
    def corners(self) -> tuple[tuple[float, float, float], ...]:
        """The four corners, each with the angle at which its quarter of a disc begins."""
        right, bottom = self.x + self.cell, self.y + self.cell
        return (
            (self.x, self.y, 0),
            (right, self.y, 90),
            (right, bottom, 180),
            (self.x, bottom, 270),
        )


def tiles(canvas: Canvas, palette: Palette) -> None:
    """Mid-century tiles: quarters, halves, petals and dots."""
    rng = canvas.rng
    canvas.flood(palette.paper)
    colours = (palette.paper, *palette.steps)
    cell = 25.0
    for row in range(int(np.ceil(canvas.height / cell))):
        for column in range(int(np.ceil(canvas.width / cell))):
            ground, ink, third = (colours[int(pick)] for pick in rng.choice(6, 3, replace=False))
            tile = _Tile(column * cell, row * cell, cell, ground, ink, third)
            canvas.polygon(box(tile.x, tile.y, tile.x + cell, tile.y + cell), ground)
            MOTIFS[int(rng.integers(0, len(MOTIFS)))](canvas, tile)


def terrazzo(canvas: Canvas, palette: Palette) -> None:
    """Chips of stone in pale plaster, large ones first."""
    rng = canvas.rng
    canvas.flood(mix(palette.paper, palette.light, 0.15))
    placed: list[tuple[float, float, float]] = []
    sizes = np.concatenate([np.full(60, 5.2), np.full(170, 3.0), np.full(500, 1.3)])
    for size in sizes * rng.uniform(0.7, 1.3, len(sizes)):
        x, y = rng.uniform(-2, canvas.width + 2), rng.uniform(-2, canvas.height + 2)
        if any((x - a) ** 2 + (y - b) ** 2 < (size + r + 0.5) ** 2 for a, b, r in placed):
            continue
        placed.append((x, y, size))
        colour = palette.steps[int(rng.choice(5, p=(0.28, 0.24, 0.18, 0.14, 0.16)))]
        knots = int(rng.integers(5, 8))
        way = np.sort(rng.uniform(0, 2 * np.pi, knots))
        far = size * rng.uniform(0.75, 1.0, knots)
        chip = np.stack([x + np.cos(way) * far, y + np.sin(way) * far], axis=1)
        canvas.polygon(chip, Gradient((mix(colour, palette.paper, 0.14), colour), 60))


def quilt(canvas: Canvas, palette: Palette) -> None:
    """Stars and flying geese of half-square triangles with a stitched seam."""
    rng = canvas.rng
    canvas.flood(palette.paper)
    cell = 12.5
    turns = rng.integers(0, 4, (4, 4))
    picks = rng.integers(0, 5, (4, 4))
    for row in range(int(np.ceil(canvas.height / cell))):
        for column in range(int(np.ceil(canvas.width / cell))):
            flip_x, flip_y = column // 4 % 2, row // 4 % 2
            spot = (3 - row % 4 if flip_y else row % 4, 3 - column % 4 if flip_x else column % 4)
            turn = int(turns[spot])
            turn = {0: 1, 1: 0, 2: 3, 3: 2}[turn] if flip_x else turn
            turn = {0: 3, 3: 0, 1: 2, 2: 1}[turn] if flip_y else turn
            _patch(
                canvas, palette, column * cell, row * cell, cell, turn=turn, pick=int(picks[spot])
            )


def log_cabin(canvas: Canvas, palette: Palette) -> None:
    """Log-cabin blocks: strips around a bright hearth."""
    canvas.flood(palette.paper)
    cell = 100 / 3
    darks = (palette.strong, palette.dark, mix(palette.strong, palette.dark, 0.5))
    lights = (palette.light, palette.paper, palette.mid)
    for row in range(int(np.ceil(canvas.height / cell))):
        for column in range(int(np.ceil(canvas.width / cell))):
            left, top, right, bottom = (
                column * cell,
                row * cell,
                (column + 1) * cell,
                (row + 1) * cell,
            )
            strip = cell / 9
            swap = (row + column) % 2
            for ring in range(4):
                first, second = (lights, darks) if swap else (darks, lights)
                a, b = first[ring % 3], second[(ring + 1) % 3]
                canvas.polygon(box(left, top, right, top + strip), a)
                canvas.polygon(box(left, top, left + strip, bottom), mix(a, palette.paper, 0.12))
                canvas.polygon(box(left, bottom - strip, right, bottom), b)
                canvas.polygon(box(right - strip, top, right, bottom), mix(b, palette.paper, 0.12))
                left, top, right, bottom = left + strip, top + strip, right - strip, bottom - strip
            canvas.polygon(box(left, top, right, bottom), palette.accent)


def weave(canvas: Canvas, palette: Palette) -> None:
    """A basket weave of broad bands, over and under, with a soft shadow at each crossing."""
    rng = canvas.rng
    canvas.flood(palette.dark)
    cell = 100 / 9
    across = [_band(rng, palette) for _ in range(int(canvas.width / cell) + 2)]
    down = [_band(rng, palette) for _ in range(int(canvas.height / cell) + 2)]
    for row in range(int(canvas.height / cell) + 1):
        for column in range(int(canvas.width / cell) + 1):
            x, y = column * cell, row * cell
            over = (row + column) % 2 == 0
            colour = down[row] if over else across[column]
            dark = mix(colour, palette.dark, 0.38)
            gap = cell * 0.05
            piece = (
                box(x, y + gap, x + cell, y + cell - gap)
                if over
                else box(x + gap, y, x + cell - gap, y + cell)
            )
            canvas.polygon(
                piece,
                Gradient(
                    (dark, colour, mix(colour, palette.paper, 0.2), colour, dark), 0 if over else 90
                ),
            )
            for share in np.linspace(0.16, 0.84, 6):
                thread = (
                    at((x, y + cell * share), (x + cell, y + cell * share))
                    if over
                    else at((x + cell * share, y), (x + cell * share, y + cell))
                )
                canvas.line(thread, palette.dark, width=0.16, opacity=0.22)


def stripes(canvas: Canvas, palette: Palette) -> None:
    """A striped blanket: bands, pinstripes, diamonds, fringe."""
    rng = canvas.rng
    canvas.flood(palette.paper)
    y = 0.0
    while y < canvas.height:
        tall = float(rng.choice([2.2, 3.4, 6, 9.5]))
        colour = (palette.paper, *palette.steps)[int(rng.integers(0, 6))]
        canvas.polygon(box(-1, y, canvas.width + 1, y + tall), colour)
        ink = palette.paper if colour in (palette.dark, palette.strong) else palette.dark
        if tall > 9:
            for x in np.arange(0, canvas.width + tall, tall):
                for size in (0.46, 0.28):
                    half = tall * size
                    middle = y + tall / 2
                    canvas.polygon(
                        at(
                            (x - half, middle),
                            (x, middle - half),
                            (x + half, middle),
                            (x, middle + half),
                        ),
                        ink if size > 0.4 else palette.accent,
                    )
        elif tall > 5:
            for x in np.arange(0, canvas.width + 3, 3.0):
                canvas.line(
                    at((x, y + tall * 0.8), (x + 1.5, y + tall * 0.2), (x + 3, y + tall * 0.8)),
                    ink,
                    width=0.5,
                    opacity=0.8,
                )
        y += tall


def rainbows(canvas: Canvas, palette: Palette) -> None:
    """Stacked rainbows of thick arches with a small sun."""
    canvas.flood(Gradient((palette.paper, mix(palette.paper, palette.light, 0.7))))
    for x, y, radius in ((0.62, 0.98, 46), (0.2, 0.72, 24), (0.76, 0.4, 19)):
        cx, cy = canvas.width * x, canvas.height * y
        colours = (palette.strong, palette.accent, palette.mid, palette.dark, palette.light)
        for ring, colour in enumerate(colours):
            outer = radius * (1 - ring * 0.18)
            band = sector(cx, cy, outer, 180, 360, hole=outer - radius * 0.14)
            canvas.polygon(band, Gradient((mix(colour, palette.paper, 0.12), colour)), shadow=1)
    canvas.polygon(ellipse(canvas.width * 0.28, canvas.height * 0.2, 11), palette.accent, shadow=1)


def washes(canvas: Canvas, palette: Palette) -> None:
    """Blots of water colour that overlap, with a darker rim where the paint dried."""
    rng = canvas.rng
    canvas.flood(mix(palette.paper, (255, 255, 255), 0.4))
    colours = (palette.mid, palette.strong, palette.light, palette.accent, palette.dark)
    for number in range(9):
        x, y = canvas.width * rng.uniform(0.18, 0.82), canvas.height * rng.uniform(0.16, 0.84)
        radius = rng.uniform(13, 27)
        colour = colours[number % 5]
        for layer in range(7):
            shape = blob(
                rng,
                x + rng.normal(0, 0.8),
                y + rng.normal(0, 0.8),
                radius * (1 - layer * 0.035),
                wobble=0.15,
                knots=13,
            )
            canvas.glow(
                shape,
                Gradient((mix(colour, palette.paper, 0.45), colour), rng.uniform(0, 180)),
                blur=0.35 + 0.2 * (layer % 3),
                opacity=0.15,
            )
    for _ in range(40):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        canvas.polygon(
            blob(rng, x, y, rng.uniform(0.2, 0.9)), colours[int(rng.integers(0, 5))], opacity=0.5
        )


def _quarters(canvas: Canvas, tile: _Tile) -> None:
    x, y, start = tile.corners[int(canvas.rng.integers(0, 4))]
    for share, colour in ((1.0, tile.ink), (0.66, tile.third), (0.33, tile.ground)):
        canvas.polygon(sector(x, y, tile.cell * share, start, start + 90), colour)


def _halves(canvas: Canvas, tile: _Tile) -> None:
    for start, colour in ((0, tile.ink), (180, tile.third)):
        canvas.polygon(sector(*tile.middle, tile.cell / 2, start, start + 180), colour)


def _petal(canvas: Canvas, tile: _Tile) -> None:
    size = tile.cell
    canvas.polygon(leaf(tile.x, tile.y, size * 1.414, size * 0.82, 45, belly=1.0), tile.ink)
    canvas.polygon(ellipse(*tile.middle, size * 0.14), tile.third)


def _target(canvas: Canvas, tile: _Tile) -> None:
    for share, colour in ((0.5, tile.ink), (0.34, tile.ground), (0.18, tile.third)):
        canvas.polygon(ellipse(*tile.middle, tile.cell * share), colour)


def _wedge(canvas: Canvas, tile: _Tile) -> None:
    (x, y), size = (tile.x, tile.y), tile.cell
    canvas.polygon(at((x, y), (x + size, y), (x, y + size)), tile.ink)
    canvas.polygon(ellipse(x + size * 0.68, y + size * 0.68, size * 0.16), tile.third)


def _bars(canvas: Canvas, tile: _Tile) -> None:
    for step in range(4):
        top = tile.y + tile.cell * (step + 0.5) / 4
        canvas.polygon(box(tile.x, top, tile.x + tile.cell, top + tile.cell / 8), tile.ink)


def _star(canvas: Canvas, tile: _Tile) -> None:
    for x, y, start in tile.corners:
        canvas.polygon(sector(x, y, tile.cell / 2, start, start + 90), tile.ink)
    canvas.polygon(ellipse(*tile.middle, tile.cell * 0.2), tile.third)


MOTIFS = (_quarters, _halves, _petal, _target, _wedge, _bars, _star)


def _patch(
    canvas: Canvas, palette: Palette, x: float, y: float, cell: float, *, turn: int, pick: int
) -> None:
    colour = palette.steps[pick]
    corners = [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)]
    canvas.polygon(at(*corners), mix(palette.paper, palette.light, 0.25 * (pick % 3)))
    half = at(corners[turn], corners[(turn + 1) % 4], corners[(turn + 2) % 4])
    canvas.polygon(half, Gradient((mix(colour, palette.paper, 0.1), colour), 45))
    inner = half + (half.mean(axis=0) - half) * 0.2
    loop = np.concatenate([inner, inner[:1]])
    for start, end in pairwise(loop):
        for share in np.arange(0.02, 0.98, 0.12):
            stitch = np.array(
                [start + (end - start) * share, start + (end - start) * (share + 0.06)]
            )
            canvas.line(stitch, palette.paper, width=0.2, opacity=0.7)


def _band(rng: np.random.Generator, palette: Palette) -> Colour:
    pick = int(rng.choice(6, p=(0.3, 0.22, 0.2, 0.12, 0.06, 0.1)))
    return (
        (palette.paper, *palette.steps)[pick]
        if pick != 4
        else mix(palette.dark, palette.strong, 0.4)
    )
