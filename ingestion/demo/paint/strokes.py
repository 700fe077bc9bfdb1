"""Outlines and lines in units: the geometry that the painters share. No colour here."""

from collections.abc import Sequence

import numpy as np

from ingestion.demo.paint.canvas import Points

ROUND = 96  # corners of a circle


def at(*spots: tuple[float, float]) -> Points:
    return np.array(spots, dtype=np.float64)


def xy(point: Points) -> tuple[float, float]:
    """One point as plain numbers."""
    return float(point[0]), float(point[1])


def box(left: float, top: float, right: float, bottom: float) -> Points:
    return at((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(
    x: float, y: float, across: float, down: float | None = None, *, angle: float = 0.0
) -> Points:
    """An ellipse by its centre and its two radii, turned by `angle` degrees."""
    way = np.linspace(0, 2 * np.pi, ROUND, endpoint=False)
    points = np.stack([np.cos(way) * across, np.sin(way) * (down or across)], axis=1)
    return moved(turned(points, angle), x, y)


def sector(
    x: float, y: float, radius: float, start: float, end: float, *, hole: float = 0.0
) -> Points:
    """A slice of a disc (or of a ring with a `hole`) between two angles in degrees."""
    way = np.deg2rad(np.linspace(start, end, ROUND))
    ring = np.stack([np.cos(way), np.sin(way)], axis=1)
    inner = ring[::-1] * hole if hole else np.zeros((1, 2))
    return moved(np.concatenate([ring * radius, inner]), x, y)


def arch(left: float, top: float, right: float, bottom: float) -> Points:
    """A doorway: straight sides under a half circle."""
    radius = (right - left) / 2
    middle = (left + right) / 2
    way = np.linspace(np.pi, 2 * np.pi, ROUND // 2)
    head = np.stack([middle + np.cos(way) * radius, top + radius + np.sin(way) * radius], axis=1)
    return np.concatenate([at((left, bottom)), head, at((right, bottom))])


def turned(points: Points, degrees: float) -> Points:
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    result: Points = points @ matrix
    return result


def moved(points: Points, x: float, y: float) -> Points:
    result: Points = points + np.array([x, y])
    return result


def smooth(
    spots: Sequence[tuple[float, float]], *, closed: bool = False, steps: int = 14
) -> Points:
    """A Catmull-Rom curve through all spots."""
    knots = np.array(spots, dtype=np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    way = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for before, start, end, after in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        pieces.append(
            0.5
            * (
                2 * start
                + (end - before) * way
                + (2 * before - 5 * start + 4 * end - after) * way**2
                + (3 * start - before - 3 * end + after) * way**3
            )
        )
    return np.concatenate([*pieces, knots[-2:-1]])


def blob(
    rng: np.random.Generator,
    x: float,
    y: float,
    radius: float,
    *,
    wobble: float = 0.18,
    knots: int = 8,
) -> Points:
    """A soft pebble: a circle whose radius wanders by the share `wobble`."""
    radii = radius * (1 + rng.uniform(-wobble, wobble, knots))
    way = np.linspace(0, 2 * np.pi, knots, endpoint=False) + rng.uniform(0, 1)
    spots = zip(x + np.cos(way) * radii, y + np.sin(way) * radii, strict=True)
    return smooth(list(spots), closed=True)


def wander(
    rng: np.random.Generator, count: int, *, octaves: Sequence[tuple[float, float]]
) -> Points:
    """A smooth random line of `count` heights: a sum of sines (bumps over the line, amplitude)."""
    way = np.linspace(0, 2 * np.pi, count)
    heights = np.zeros(count)
    for bumps, amplitude in octaves:
        pitch = bumps * rng.uniform(0.8, 1.2)
        heights += amplitude * np.sin(way * pitch + rng.uniform(0, 2 * np.pi))
    return heights


def under(heights: Points, *, width: float, bottom: float) -> Points:
    """The ground under a line of heights that runs over the whole width."""
    across = np.linspace(-1, width + 1, len(heights))
    top = np.stack([across, heights], axis=1)
    return np.concatenate([top, at((width + 1, bottom), (-1, bottom))])


def leaf(
    x: float,
    y: float,
    length: float,
    breadth: float,
    angle: float,
    *,
    bend: float = 0.0,
    belly: float = 0.85,
) -> Points:
    """A leaf from its base; `angle` in degrees (0 right, -90 up), `bend` turns its tip aside."""
    way = np.linspace(0, 1, 28)
    half = np.sin(np.pi * way**belly) ** 0.9 * breadth / 2
    spine = np.stack([way * length, bend * length * way**2], axis=1)
    side = np.stack([np.zeros_like(half), half], axis=1)
    outline = np.concatenate([spine + side, (spine - side)[::-1]])
    return moved(turned(outline, angle), x, y)


def lathe(x: float, top: float, profile: Sequence[tuple[float, float]]) -> Points:
    """A turned vessel around the axis x: (depth below the top, radius) from rim to foot."""
    side = smooth([(radius, depth) for depth, radius in profile])
    other = side[::-1] * np.array([-1.0, 1.0])
    return moved(np.concatenate([side, other]), x, top)
