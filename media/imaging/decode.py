"""Hostile bytes become upright sRGB pixels; runs in a child process, within its limits.

The format is decided by content. Transparency is laid over white, as the sources themselves
show it: a rendition looks the same on light and dark pages, and to a perceptual hash. Colors are
converted to sRGB by the embedded profile; a profile that is broken or does not fit is ignored.
"""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import (  # noqa: F401  # registered here: a child opens no file later, not even a module
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from media.imaging import sniff
from media.imaging.errors import (
    ImageCorruptError,
    ImageError,
    ImageMemoryError,
    ImageTooLargeError,
    ImageUnsupportedError,
)
from media.imaging.values import Inspected, Limits

_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_LARGEST_PROFILE_BYTES: Final = 2_000_000
_SRGB: Final = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class OpenPicture:
    """A picture whose header was read and found within the limits."""

    image: Image.Image
    source: Inspected
    orientation: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Upright pixels: ``rgb`` over white, and ``alpha`` (mode L) where any is see-through."""

    rgb: Image.Image
    alpha: Image.Image | None


def prepare_pillow(limits: Limits) -> None:
    """Set what Pillow holds in module globals; once per process."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    # A large profile in a PNG is no reason to refuse it: it is read, and then ignored.
    PngImagePlugin.MAX_TEXT_CHUNK = 2 * _LARGEST_PROFILE_BYTES
    # A child may start no thread.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def open_picture(content: bytes, limits: Limits) -> OpenPicture:
    """Read the header of a picture and hold it against the limits.

    Raises:
        ImageUnsupportedError: the content is no picture that is decoded.
        ImageTooLargeError: by its header it is larger than is decoded.
        ImageCorruptError: the header makes no sense.
    """
    media_type = sniff.sniff_media_type(content[: sniff.HEAD_BYTES])
    if media_type is None:
        raise ImageUnsupportedError
    with _translated_errors():
        image = Image.open(BytesIO(content), formats=(sniff.FORMATS[media_type],))
        _check_size(image, limits)
        if media_type == "image/png" and not sniff.has_png_end(content):
            raise ImageCorruptError(reason="truncated")
        # A JPEG of several pictures (MPO: previews, depth, stereo) is no animation.
        frame_count = 1 if media_type == "image/jpeg" else getattr(image, "n_frames", 1)
        orientation = _read_orientation(image)
    width, height = image.size
    if orientation in _SIDEWAYS:
        width, height = height, width
    return OpenPicture(
        image=image,
        source=Inspected(
            media_type=media_type, width_px=width, height_px=height, frame_count=frame_count
        ),
        orientation=orientation,
    )


def read_frame(picture: OpenPicture, *, index: int, longest_px: int) -> Frame:
    """Decode one frame and reduce it to ``longest_px`` on its longest side; never enlarge.

    Raises:
        ImageCorruptError: the data ends early or cannot be decoded.
        ImageMemoryError: decoding needs more memory than there is.
    """
    image, source = picture.image, picture.source
    target = fit((source.width_px, source.height_px), longest_px)
    stored = target[::-1] if picture.orientation in _SIDEWAYS else target
    with _translated_errors():
        if source.frame_count > 1:
            image.seek(index)
        # A JPEG is decoded at the smallest eighth, quarter or half that is still large enough.
        image.draft(None, stored)
        image.load()
        profile = image.info.get("icc_profile")
        pixels = _reduce(_to_plain_mode(image), stored)
    if picture.orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[picture.orientation])
    return _to_frame(pixels, profile)


def fit(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Return ``size`` shrunk in proportion until its longest side is ``longest_px`` at most."""
    longest = max(size)
    if longest <= longest_px:
        return size
    width, height = (max(1, round(side * longest_px / longest)) for side in size)
    return width, height


def _check_size(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if max(width, height) > limits.max_side_px or width * height > limits.max_pixels:
        raise ImageTooLargeError(width_px=width, height_px=height)
    if min(width, height) < 1:
        raise ImageCorruptError


def _read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or the EXIF is broken."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # broken EXIF raises anything, and is no reason to refuse
        return 1
    return orientation if orientation in _UPRIGHT else 1


def _to_plain_mode(image: Image.Image) -> Image.Image:
    """Return ``image`` as L, RGB, RGBA, CMYK or YCbCr with eight bits a channel."""
    if image.mode.startswith("I"):
        # Converting to L would clip at 255; a scale alone keeps the high byte.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA") if image.mode != "RGBA" else image
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "RGB", "CMYK", "YCbCr"} else image.convert("RGB")


def _reduce(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        # The next frame is decoded into the same object.
        return image.copy()
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _to_frame(pixels: Image.Image, profile: bytes | None) -> Frame:
    alpha = pixels.getchannel("A") if pixels.mode == "RGBA" else None
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    rgb = _to_srgb(pixels.convert("RGB") if pixels.mode == "RGBA" else pixels, profile)
    if alpha is not None:
        rgb = Image.composite(rgb, Image.new("RGB", rgb.size, "white"), alpha)
    # Pillow's writers take metadata from here: leave none.
    rgb.info = {}
    return Frame(rgb=rgb, alpha=alpha)


def _to_srgb(pixels: Image.Image, profile: bytes | None) -> Image.Image:
    """Return ``pixels`` as RGB, converted by their profile where it is of use."""
    if profile and len(profile) <= _LARGEST_PROFILE_BYTES:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            embedded = ImageCms.ImageCmsProfile(BytesIO(profile))
            if pixels.mode != "RGB" or not _is_srgb(embedded):
                converted = ImageCms.profileToProfile(pixels, embedded, _SRGB, outputMode="RGB")
                if converted is not None:
                    return converted
    # Converting to the same mode would copy.
    return pixels if pixels.mode == "RGB" else pixels.convert("RGB")


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    return ImageCms.getProfileDescription(profile).lstrip().startswith("sRGB")


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn whatever a decoder raises into one of our errors."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise ImageTooLargeError from exc
    except Exception as exc:
        # Pillow's codecs report a failed allocation by words only.
        if "memory" in str(exc).lower():
            raise ImageMemoryError from exc
        raise ImageCorruptError(reason=type(exc).__name__) from exc
