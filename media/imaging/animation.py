"""An animation becomes an animated WebP, one frame in memory at a time."""

import time
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, Final

from PIL import Image

# Browsers show a frame of no or hardly any duration for this long.
_DEFAULT_FRAME_MS: Final = 100
_SHORTEST_FRAME_MS: Final = 11
_LONGEST_FRAME_MS: Final = 60_000


class OutOfTimeError(Exception):
    """The animation would not be done in time."""


class _Frames(Image.Image):
    """What Pillow's WebP writer takes for an animation: asks for frame after frame.

    Pillow would hold all the frames otherwise, which is gigabytes.
    """

    def __init__(self, frames: Iterable[Image.Image], count: int, give_up_at: float) -> None:
        super().__init__()
        self.n_frames = count
        self._frames = iter(frames)
        self._give_up_at = give_up_at
        self._at = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        # The writer goes back to where it began when it is done; nobody needs that frame.
        if frame <= self._at:
            return
        if time.monotonic() > self._give_up_at:
            raise OutOfTimeError
        shown = next(self._frames)
        self.im, self._mode, self._size = shown.im, shown.mode, shown.size
        self._at = frame

    def tell(self) -> int:
        return self._at


def encode_animation(
    frames: Iterable[tuple[Image.Image, Mapping[Any, Any]]],
    *,
    count: int,
    loop: int,
    give_up_at: float,
    options: dict[str, int],
) -> bytes:
    """Return an animated WebP.

    Args:
        frames: RGB pixels and what Pillow knows of the frame (``duration`` in milliseconds),
            all of one size.
        count: how many ``frames`` yields.
        loop: how often to play it, 0 for ever.
        give_up_at: reading of ``time.monotonic`` after which no further frame is begun.
        options: ``quality`` and ``method`` of the encoder.

    Raises:
        OutOfTimeError: ``give_up_at`` has passed.
    """
    durations_ms: list[int] = []

    def timed() -> Iterable[Image.Image]:
        for pixels, info in frames:
            durations_ms.append(_read_duration(info))
            yield pixels

    film = _Frames(timed(), count, give_up_at)
    target = BytesIO()
    # The writer reads the list while it goes, so it may grow meanwhile.
    film.save(
        target,
        "WEBP",
        save_all=True,
        duration=durations_ms,
        loop=loop,
        background=(255, 255, 255, 255),
        **options,
    )
    return target.getvalue()


def _read_duration(info: Mapping[Any, Any]) -> int:
    stated = info.get("duration", 0)
    if not isinstance(stated, int | float) or stated < _SHORTEST_FRAME_MS:
        return _DEFAULT_FRAME_MS
    return min(round(stated), _LONGEST_FRAME_MS)
