"""Messages between the pool and a child: a JSON head and a body of bytes, each with its length."""

import json
import struct
from typing import Any, BinaryIO, Final

LENGTHS: Final = struct.Struct(">II")
# A child that was taken over by a hostile picture may answer anything: bound it.
MAX_HEAD_BYTES: Final = 65_536
MAX_ANSWER_BYTES: Final = 256_000_000


def frame(head: dict[str, Any], body: bytes = b"") -> tuple[bytes, bytes]:
    """Return the two pieces to send for one message; the body is not copied."""
    encoded = json.dumps(head, separators=(",", ":")).encode()
    return LENGTHS.pack(len(encoded), len(body)) + encoded, body


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next message, None when the other side is gone (the child's side; blocks)."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head_bytes, body_bytes = LENGTHS.unpack(lengths)
    head, body = stream.read(head_bytes), stream.read(body_bytes)
    if len(head) < head_bytes or len(body) < body_bytes:
        return None
    return json.loads(head), body


def write_message(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one message (the child's side; blocks)."""
    stream.writelines(frame(head, body))
    stream.flush()
