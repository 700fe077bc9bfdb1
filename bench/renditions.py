"""How fast pictures become renditions, against ``vipsthumbnail`` (Debian: libvips-tools).

Both sides use two processes and write both sizes, 512 and 1600 pixels, as WebP of quality 80 and
effort 4, for photographs of 2, 12 and 48 megapixels. Our side is the pool that the product uses,
in which each picture is also hashed and its colors are found. Vips' side is run in each way that
could be its fastest (thumb from the original or from the preview, one thread or two per process,
many pictures per call), and the fastest one per size is what we are compared with. Rounds
alternate; a ratio is the median of vips' time over ours, and ``vips_ratio`` is that of the size
where we are slowest. ``cpu_ratio`` compares processor seconds: on a busy machine it says what the
ratio would be on an idle one. Run it with ``python bench/renditions.py``.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import psutil
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from media.imaging.pool import RenditionPool
from media.imaging.values import Rendered

PROCESSES: Final = 2
# Megapixels: width, height, pictures per round. Even counts, so that two processes share fairly.
SIZES: Final = {"2mp": (1632, 1224, 12), "12mp": (4000, 3000, 8), "48mp": (8000, 6000, 4)}
JPEG_QUALITY: Final = 88
WEBP_OPTIONS: Final = "[Q=80,effort=4,strip]"
INSTALL_HINT: Final = (
    "vipsthumbnail is not installed, so there is nothing to compare with.\n"
    "Install it with: apt-get install libvips-tools"
)


@dataclass(frozen=True, slots=True)
class VipsWay:
    """One way to have both sizes from vips."""

    is_thumb_from_preview: bool
    threads: int

    def __str__(self) -> str:
        origin = "preview" if self.is_thumb_from_preview else "original"
        return f"thumb from {origin}, VIPS_CONCURRENCY={self.threads}"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and seconds of the processor in this process and all its children."""

    wall_s: float
    cpu_s: float

    @classmethod
    def until_now(cls) -> Self:
        """Read the clocks."""
        process = psutil.Process()
        spent = [each.cpu_times() for each in (process, *process.children())]
        # Those of the children that have ended are in the parent's account.
        ended = process.cpu_times()
        cpu_s = sum(times.user + times.system for times in spent)
        return cls(time.perf_counter(), cpu_s + ended.children_user + ended.children_system)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)


VIPS_WAYS: Final = tuple(VipsWay(*way) for way in product((False, True), (1, 2)))


def make_photograph(width: int, height: int, *, seed: int) -> Image.Image:
    """Return a picture with the statistics of a photograph.

    Detail falls off with its frequency as in nature, shapes bring hard edges, the sky is smooth,
    and a little sensor noise lies over all of it.
    """
    rng = np.random.default_rng(seed)
    luma = _make_natural_noise(width, height, rng)
    planes = []
    for strength in (0.30, 0.18, 0.38):
        tint = _make_natural_noise(width // 8, height // 8, rng) * strength
        plane = luma + _resize(tint, width, height)
        planes.append(np.clip(128 + 52 * plane, 0, 255).astype(np.uint8))
    picture = Image.fromarray(np.dstack(planes))
    _draw_shapes(picture, rng)
    pixels = np.asarray(picture).astype(np.int16)
    grain = rng.normal(0, 3.5, (height, width, 1)).astype(np.int16)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _make_natural_noise(
    width: int, height: int, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return noise of deviation about 1, octave upon octave, each finer one fainter."""
    octaves = max(1, int(math.log2(min(width, height))) - 1)
    level = rng.standard_normal((2, 2), dtype=np.float32)
    for octave in range(1, octaves + 1):
        across, down = (max(2, side >> (octaves - octave)) for side in (width, height))
        finer = rng.standard_normal((down, across), dtype=np.float32)
        level = _resize(level, across, down) + finer * np.float32(0.72**octave)
    scaled: npt.NDArray[np.float32] = level / np.float32(level.std())
    return scaled


def _resize(plane: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    picture = Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC)
    resized: npt.NDArray[np.float32] = np.asarray(picture)
    return resized


def _draw_shapes(picture: Image.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    unit = picture.width // 60
    for _ in range(60):
        x, y = int(rng.integers(picture.width)), int(rng.integers(picture.height))
        radius, line = int(rng.integers(unit, 5 * unit)), int(rng.integers(1, 2 + unit // 4))
        red, green, blue = (int(channel) for channel in rng.integers(0, 255, 3))
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=(red, green, blue), width=line)
        draw.line((x, y, x + 4 * radius, y + radius), fill=(blue, red, green), width=line)


def write_pictures(folder: Path) -> dict[str, list[Path]]:
    """Write the pictures of each size; every second one is a copy of one of two originals."""
    pictures: dict[str, list[Path]] = {}
    for name, (width, height, count) in SIZES.items():
        originals = []
        for seed in (1, 2):
            path = folder / f"{name}_{seed}.jpg"
            make_photograph(width, height, seed=seed).save(path, quality=JPEG_QUALITY)
            originals.append(path)
        bits = 8 * originals[0].stat().st_size / (width * height)
        print(f"{name}: {width} x {height}, {bits:.1f} bits per pixel")
        pictures[name] = [
            Path(shutil.copyfile(originals[at % 2], folder / f"{name}_copy{at}.jpg"))
            for at in range(count)
        ]
    return pictures


def run_ours(pool: RenditionPool, pictures: list[Path], folder: Path) -> Cost:
    """Return what it costs to render with the pool, the files written."""
    began = Cost.until_now()
    for path, outcome in zip(pictures, pool.render_many(pictures), strict=True):
        if not isinstance(outcome, Rendered):
            raise outcome
        (folder / f"{path.stem}_1600.webp").write_bytes(outcome.preview.content)
        (folder / f"{path.stem}_512.webp").write_bytes(outcome.thumb.content)
    return Cost.until_now() - began


def run_vips(way: VipsWay, pictures: list[Path], folder: Path) -> Cost:
    """Return what it costs to render with two processes of vips."""
    began = Cost.until_now()
    with ThreadPoolExecutor(PROCESSES) as threads:
        shares = [pictures[at::PROCESSES] for at in range(PROCESSES)]
        list(threads.map(lambda share: _run_vips(way, share, folder), shares))
    return Cost.until_now() - began


def _run_vips(way: VipsWay, pictures: list[Path], folder: Path) -> None:
    environment = os.environ | {"VIPS_CONCURRENCY": str(way.threads)}
    previews = [folder / f"{path.stem}_1600.webp" for path in pictures]
    for longest_px, sources, name in (
        (1600, pictures, "%s_1600.webp"),
        (
            512,
            *((previews, "%s_t.webp") if way.is_thumb_from_preview else (pictures, "%s_512.webp")),
        ),
    ):
        output = f"{folder / name}{WEBP_OPTIONS}"
        command = ["vipsthumbnail", "--size", str(longest_px), "--output", output]
        subprocess.run([*command, *map(str, sources)], check=True, env=environment)


def find_fastest_way(pictures: list[Path], folder: Path) -> VipsWay:
    """Return how vips does these pictures fastest, each way tried twice."""
    times = {
        way: min(run_vips(way, pictures, folder).wall_s for _ in range(2)) for way in VIPS_WAYS
    }
    for way, seconds in times.items():
        print(f"  vips, {way}: {len(pictures) / seconds:.2f} pictures/s")
    return min(times, key=times.__getitem__)


def compare(
    pool: RenditionPool, pictures: list[Path], folder: Path, rounds: int
) -> dict[str, float]:
    """Return the medians of both sides, in pictures per second, and their ratios."""
    way = find_fastest_way(pictures, folder)
    ours, vips = [], []
    for _ in range(rounds):
        ours.append(run_ours(pool, pictures, folder))
        vips.append(run_vips(way, pictures, folder))
    pairs = list(zip(ours, vips, strict=True))
    figures = {
        "ours_per_s": len(pictures) / statistics.median(cost.wall_s for cost in ours),
        "vips_per_s": len(pictures) / statistics.median(cost.wall_s for cost in vips),
        "ratio": statistics.median(theirs.wall_s / own.wall_s for own, theirs in pairs),
        "cpu_ratio": statistics.median(theirs.cpu_s / own.cpu_s for own, theirs in pairs),
    }
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> int:
    """Run the comparison; the last line is ``RESULT`` and a JSON object."""
    parser = argparse.ArgumentParser(description="Renditions against vipsthumbnail.")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    if shutil.which("vipsthumbnail") is None:
        print(INSTALL_HINT, file=sys.stderr)
        return 2
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name, RenditionPool(PROCESSES) as pool:
        folder = Path(name)
        pictures = write_pictures(folder)
        # The children of the product are long at work when a picture comes: start them.
        list(pool.render_many(pictures["2mp"][:PROCESSES]))
        for size, paths in pictures.items():
            figures[size] = compare(pool, paths, folder, arguments.rounds)
            print(f"{size}: {figures[size]}")
    ratio = min(each["ratio"] for each in figures.values())
    print("RESULT", json.dumps({"vips_ratio": ratio, "sizes": figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
