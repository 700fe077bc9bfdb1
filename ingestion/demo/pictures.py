"""Paint the pictures of the demo: `python -m ingestion.demo.pictures` writes them to `data/`."""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from ingestion.demo.catalogue import PICTURES, Picture, pictures
from ingestion.demo.paint import clay, facades, fruit, land, patterns, plants, rooms, shelves, sky
from ingestion.demo.paint.canvas import Canvas
from ingestion.demo.paint.palettes import PALETTES, Palette

JPEG_QUALITY = 80
FLAT_COLOURS = 64
GRAIN = 0.8
FRAMES = 16
FRAME_MS = 110
GROUND = (255, 255, 255)

Painter = Callable[[Canvas, Palette], None]

PAINTERS: dict[str, Painter] = {
    painter.__name__: painter
    for painter in (
        *(land.ridges, land.hills, land.dunes, land.fields, land.lake),
        *(sky.night, sky.waves, sky.scales, sky.contours),
        *(plants.branch, plants.fern, plants.meadow, plants.foliage, plants.cutouts),
        *(clay.vases, clay.bouquet, clay.bowls, shelves.shelf),
        *(rooms.reading_corner, rooms.desk, rooms.sofa),
        *(facades.windows, facades.arcade, facades.roofs),
        *(patterns.tiles, patterns.terrazzo, patterns.quilt, patterns.log_cabin),
        *(patterns.weave, patterns.stripes, patterns.rainbows, patterns.washes),
        *(fruit.citrus, fruit.pears, fruit.figs, fruit.berries),
    )
}


def paint(picture: Picture) -> list[Image.Image]:
    """The frames of a picture: one, or those of an animation."""
    palette = PALETTES[picture.palette]
    if picture.kind == "gif":
        return [_frame(picture, palette, number / FRAMES) for number in range(FRAMES)]
    canvas = Canvas(picture.size_px, GROUND, seed=picture.seed)
    PAINTERS[picture.painter](canvas, palette)
    return [canvas.finish(grain=GRAIN if picture.kind in {"jpg", "webp"} else 0.0)]


def save(picture: Picture, folder: Path) -> Path:
    """Paint a picture into a folder and return its file."""
    frames = paint(picture)
    target = folder / picture.file.name
    if picture.kind == "jpg":
        frames[0].save(target, quality=JPEG_QUALITY, optimize=True, progressive=True)
    elif picture.kind == "webp":
        frames[0].save(target, quality=JPEG_QUALITY, method=6)
    elif picture.kind == "gif":
        flat = [_flat(frame) for frame in frames]
        flat[0].save(
            target, save_all=True, append_images=flat[1:], duration=FRAME_MS, loop=0, optimize=True
        )
    else:
        _flat(frames[0]).save(target, optimize=True)
    return target


def _frame(picture: Picture, palette: Palette, phase: float) -> Image.Image:
    canvas = Canvas(picture.size_px, GROUND, seed=picture.seed)
    sky.tide(canvas, palette, phase=phase)
    return canvas.finish(grain=0.0)


def _flat(image: Image.Image) -> Image.Image:
    return image.quantize(FLAT_COLOURS, dither=Image.Dither.NONE)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    known = {picture.file for picture in pictures()}
    for stale in set(PICTURES.iterdir()) - known:
        stale.unlink()
    for picture in pictures():
        target = save(picture, PICTURES)
        size_kb = target.stat().st_size / 1000
        sys.stdout.write(f"{picture.painter:>16} {picture.palette:<10} {size_kb:6.0f} kB\n")


if __name__ == "__main__":
    main()
