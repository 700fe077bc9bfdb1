"""What goes into the pool and what comes out of it."""

from dataclasses import dataclass
from typing import Final

RENDITION_MEDIA_TYPE: Final = "image/webp"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one picture may cost.

    Attributes:
        timeout_s: wall-clock seconds from sending a picture to having its answer; the same
            number bounds its processor seconds.
        memory_bytes: address space of a child process, the interpreter included.
        max_pixels: width times height of the largest picture that is decoded.
        max_side_px: the longest side that is decoded.
        max_source_bytes: the largest file that is read.
        pictures_per_child: after how many pictures a child is replaced by a fresh one.
    """

    timeout_s: float = 20.0
    memory_bytes: int = 1_200_000_000
    max_pixels: int = 60_000_000
    max_side_px: int = 20_000
    max_source_bytes: int = 128_000_000
    pictures_per_child: int = 500


@dataclass(frozen=True, slots=True)
class Rendition:
    """One derived picture: WebP, sRGB, opaque, without any metadata."""

    width_px: int
    height_px: int
    is_animated: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the header of a picture says; no pixel was decoded.

    Attributes:
        media_type: by content, one of ``sniff.MEDIA_TYPES``.
        width_px: width as people see it, after the orientation of EXIF.
        height_px: height as people see it.
        frame_count: frames of the animation, 1 for a still picture.
    """

    media_type: str
    width_px: int
    height_px: int
    frame_count: int

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one frame."""
        return self.frame_count > 1


@dataclass(frozen=True, slots=True)
class Decoded:
    """Upright sRGB pixels of the first frame, over white: ``width * height * 3`` bytes, row by row.

    ``width_px`` and ``height_px`` are those of ``rgb``, which may be reduced;
    the picture's own size is in ``source``.
    """

    source: Inspected
    width_px: int
    height_px: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """All that is derived from a picture.

    Attributes:
        source: what the picture is.
        has_alpha: some pixel of the first frame is see-through.
        dominant_color: ``#rrggbb``, the color that an eye would name first.
        palette: up to five colors ``#rrggbb``, by the area they cover, largest first.
        phash: 64 bits as a signed integer, as a ``bigint`` column holds them; see ``hashing``.
        dhash: likewise.
        thumb: longest side 512 pixels at most, the first frame.
        preview: longest side 1600 pixels at most, animated where the picture is.
    """

    source: Inspected
    has_alpha: bool
    dominant_color: str
    palette: tuple[str, ...]
    phash: int
    dhash: int
    thumb: Rendition
    preview: Rendition

    @property
    def media_type(self) -> str:
        """The media type of the source, by its content."""
        return self.source.media_type

    @property
    def width_px(self) -> int:
        """The upright width of the source."""
        return self.source.width_px

    @property
    def height_px(self) -> int:
        """The upright height of the source."""
        return self.source.height_px

    @property
    def frame_count(self) -> int:
        """The number of frames of the source."""
        return self.source.frame_count

    @property
    def is_animated(self) -> bool:
        """Whether the source has more than one frame."""
        return self.source.is_animated
