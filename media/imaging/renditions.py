"""All that is derived from one picture, in one pass; runs in a child process.

Each step works on the output of the one before: the decoder already shrinks, the preview is made
from what it gives, the thumb from the preview, hashes and colors from the thumb.
"""

import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

from PIL import Image

from media.imaging import animation, colors, hashing
from media.imaging.decode import Frame, OpenPicture, fit, open_picture, read_frame
from media.imaging.errors import ImageError
from media.imaging.values import Decoded, Inspected, Limits, Rendered, Rendition

THUMB_LONGEST_PX: Final = 512
PREVIEW_LONGEST_PX: Final = 1600
MAX_ANIMATED_FRAMES: Final = 200

_STILL: Final = {"quality": 80, "method": 4}
# Pixels of all frames together. An animation is a film of pictures, and costs as much: above the
# first figure it is encoded with less effort, above the second at a smaller size as well.
_THOROUGH_PIXELS: Final = 12_000_000
_MOST_PIXELS: Final = 60_000_000
_QUICK: Final = {"quality": 80, "method": 0}
# Of the time for a picture, the part after which its animation is given up for a still preview.
_ANIMATION_TIME_SHARE: Final = 0.6


def inspect(content: bytes, limits: Limits) -> Inspected:
    """Return what the header of a picture says."""
    return open_picture(content, limits).source


def decode(content: bytes, limits: Limits, *, longest_px: int) -> Decoded:
    """Return the pixels of the first frame, reduced to ``longest_px`` on the longest side."""
    picture = open_picture(content, limits)
    rgb = read_frame(picture, index=0, longest_px=longest_px).rgb
    return Decoded(
        source=picture.source, width_px=rgb.width, height_px=rgb.height, rgb=rgb.tobytes()
    )


def render(content: bytes, limits: Limits) -> Rendered:
    """Return the renditions, hashes and colors of a picture.

    An animation of up to ``MAX_ANIMATED_FRAMES`` frames has an animated preview; a longer one, or
    one whose later frames are damaged or take too long, has its first frame.
    """
    give_up_at = time.monotonic() + limits.timeout_s * _ANIMATION_TIME_SHARE
    picture = open_picture(content, limits)
    first = read_frame(picture, index=0, longest_px=PREVIEW_LONGEST_PX)
    size = fit(first.rgb.size, THUMB_LONGEST_PX)
    small = _shrink(first.rgb, size)
    alpha = None if first.alpha is None else _shrink(first.alpha, size)
    dominant, palette = colors.describe_colors(small, opaque=alpha)
    preview = _animate(picture, first, give_up_at) or _still(first.rgb)
    grey = small.convert("L")
    return Rendered(
        source=picture.source,
        has_alpha=first.alpha is not None,
        dominant_color=dominant,
        palette=palette,
        phash=hashing.perceptual_hash(grey),
        dhash=hashing.difference_hash(grey),
        thumb=_still(small),
        preview=preview,
    )


def _shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.5)


def _still(image: Image.Image) -> Rendition:
    target = BytesIO()
    image.save(target, "WEBP", **_STILL)
    return Rendition(
        width_px=image.width,
        height_px=image.height,
        is_animated=False,
        content=target.getvalue(),
    )


def _animate(picture: OpenPicture, first: Frame, give_up_at: float) -> Rendition | None:
    """Return the animated preview, None where a still one has to do."""
    count = picture.source.frame_count
    if not 1 < count <= MAX_ANIMATED_FRAMES:
        return None
    longest_px, options = _plan_animation(first.rgb.size, count)
    width, height = fit(first.rgb.size, longest_px)
    try:
        content = animation.encode_animation(
            _read_frames(picture, longest_px),
            count=count,
            loop=_read_loop(picture),
            give_up_at=give_up_at,
            options=options,
        )
    except (ImageError, MemoryError, animation.OutOfTimeError):
        return None
    return Rendition(width_px=width, height_px=height, is_animated=True, content=content)


def _plan_animation(size: tuple[int, int], count: int) -> tuple[int, dict[str, int]]:
    """Return the longest side of the frames, and the options of the encoder."""
    pixels = size[0] * size[1] * count
    if pixels <= _THOROUGH_PIXELS:
        return max(size), _STILL
    if pixels <= _MOST_PIXELS:
        return max(size), _QUICK
    return int(max(size) * (_MOST_PIXELS / pixels) ** 0.5), _QUICK


def _read_frames(
    picture: OpenPicture, longest_px: int
) -> Iterator[tuple[Image.Image, Mapping[Any, Any]]]:
    for index in range(picture.source.frame_count):
        frame = read_frame(picture, index=index, longest_px=longest_px)
        yield frame.rgb, picture.image.info


def _read_loop(picture: OpenPicture) -> int:
    # A GIF without a loop count plays once; elsewhere no count means for ever.
    default = 1 if picture.source.media_type == "image/gif" else 0
    loop = picture.image.info.get("loop", default)
    return loop if isinstance(loop, int) and 0 <= loop < 65_536 else 0  # noqa: PLR2004  # 16 bits
