"""The frames of HTTP/2 by which a server says that it winds up a connection.

The ``h2`` package takes them for the end, and refuses the answers that the server still sends; so
they are cut out of what it is given.
"""

from dataclasses import dataclass
from typing import Final

from h2.exceptions import FrameTooLargeError

_HEAD_BYTES: Final = 9
_GO_AWAY: Final = 7
# What such a frame has to say; a server's own words may follow.
_NUMBERS_BYTES: Final = 8
# What a client allows as long as it says nothing else.
_MAX_FRAME_BYTES: Final = 16 * 1024
_PROTOCOL_ERROR: Final = 1


@dataclass(frozen=True, slots=True)
class GoAway:
    """That no request after one of them will be answered.

    Attributes:
        last_stream: number of the last request that may be answered.
        error_code: of HTTP/2; 0 where nothing is wrong.
    """

    last_stream: int
    error_code: int


def cut_go_aways(data: bytes) -> tuple[bytes, bytes, list[GoAway]]:
    """Return the whole frames without those, what is left over, and what those say.

    Args:
        data: from the beginning of a frame.

    Raises:
        FrameTooLargeError: a frame is longer than the client allows.
    """
    partings: list[GoAway] = []
    kept: list[bytes] = []
    start = begins = 0
    while len(data) - start >= _HEAD_BYTES:
        end = start + _HEAD_BYTES + int.from_bytes(data[start : start + 3])
        if end - start > _HEAD_BYTES + _MAX_FRAME_BYTES:
            # The package would wait for all of it, and keep it.
            raise FrameTooLargeError("The server sends larger frames than were agreed to.")
        if end > len(data):
            break
        if data[start + 3] == _GO_AWAY:
            kept.append(data[begins:start])
            begins = end
            partings.append(_read(data[start + _HEAD_BYTES : end]))
        start = end
    kept.append(data[begins:start])
    return b"".join(kept), data[start:], partings


def _read(said: bytes) -> GoAway:
    if len(said) < _NUMBERS_BYTES:
        return GoAway(0, _PROTOCOL_ERROR)
    # The highest bit has no meaning.
    return GoAway(int.from_bytes(said[:4]) & 0x7FFF_FFFF, int.from_bytes(said[4:8]))
