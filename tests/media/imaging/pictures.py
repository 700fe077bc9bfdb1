"""Pictures for the tests of imaging, made on the spot."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

ORIENTATION = 0x0112


def encode(image: Image.Image, name: str = "PNG", **options: Any) -> bytes:
    """Return ``image`` as a file of format ``name``."""
    target = BytesIO()
    image.save(target, name, **options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    """Return the decoded first frame of a file."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


def make_scene(width: int = 320, height: int = 200) -> Image.Image:
    """Return a picture without symmetry: a different color in each corner, shapes between."""
    image = Image.new("RGB", (width, height), (200, 180, 150))
    draw = ImageDraw.Draw(image)
    half, third = width // 2, height // 3
    draw.rectangle((0, 0, half, third), fill=(180, 30, 40))
    draw.rectangle((half, 0, width, third), fill=(20, 120, 60))
    draw.rectangle((0, 2 * third, half // 2, height), fill=(30, 60, 160))
    draw.ellipse((half, third, half + third, 2 * third), fill=(240, 220, 40))
    draw.line((0, height, width, third), fill=(10, 10, 10), width=max(1, height // 30))
    return image


def make_frames(count: int, size: tuple[int, int] = (48, 32)) -> list[Image.Image]:
    """Return frames that all differ."""
    frames = []
    for number in range(count):
        frame = Image.new("RGB", size, (250, 250, 250))
        x, y = number % size[0], (number // size[0]) * 6
        ImageDraw.Draw(frame).rectangle((x, y, x + 5, y + 5), fill=(200, 20, number % 250))
        frames.append(frame)
    return frames


def encode_animation(frames: list[Image.Image], name: str, **options: Any) -> bytes:
    """Return ``frames`` as one animated file."""
    first, *rest = frames
    return encode(first, name, save_all=True, append_images=rest, **options)


def exif_with(**tags: Any) -> Image.Exif:
    """Return EXIF data with an ``orientation`` and things that tell of a person."""
    exif = Image.Exif()
    exif[ORIENTATION] = tags.get("orientation", 1)
    exif[0x010F] = "CanaryCamera"
    exif[0x010E] = "CanaryDescription"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 7.0, 0.0)})
    return exif


def make_png_header(width: int, height: int) -> bytes:
    """Return a PNG that promises ``width`` by ``height`` and holds nothing."""
    content = bytearray(encode(Image.new("RGB", (1, 1))))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def make_slow_jpeg() -> bytes:
    """Return a small progressive JPEG of 16 megapixels in 20,000 scans: minutes of work."""
    small = encode(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    first_scan, end = small.index(b"\xff\xda"), small.rindex(b"\xff\xd9")
    header = bytearray(small[:first_scan])
    frame = header.index(b"\xff\xc2")
    header[frame + 5 : frame + 9] = struct.pack(">HH", 4000, 4000)
    empty_scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00\x00"
    return bytes(header) + small[first_scan:end] + empty_scan * 20_000 + b"\xff\xd9"
