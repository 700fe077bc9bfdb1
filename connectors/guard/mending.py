"""Heads of answers that break the rules of HTTP/1.1 in ways that browsers look through."""

import re
from typing import Final

# Headers that say how long a body is; without them it ends with the connection.
FRAMES: Final = frozenset({b"content-length", b"transfer-encoding"})
_HEAD_END: Final = re.compile(rb"\n\r*\n")
_FOLD: Final = re.compile(rb"\n[ \t]+")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# All but NUL, which stays to be refused, as by browsers.
_CONTROLS: Final = re.compile(rb"[\x01-\x1f\x7f]")
_Fields = list[tuple[bytes, bytes]]


def mend(data: bytes, looked_through: int = 0) -> tuple[bytes, bytes] | None:
    """Return the first head as a browser reads it, and what follows; None while it has no end.

    Lines that are no header are left out, and folded ones put together. How long the body is is
    said once; lengths that differ stay, for whoever reads on to refuse.

    Args:
        looked_through: so many bytes hold no end. Whoever sends them one by one would else have
            all of them searched each time.
    """
    end = _HEAD_END.search(data, max(data.rfind(b"\n", 0, looked_through), 0))
    if end is None:
        return None
    status, *lines = _FOLD.sub(b" ", data[: end.start()]).split(b"\n")
    fields = _frame(_read(lines))
    head = [_CONTROLS.sub(b" ", status), *(name + b": " + value for name, value in fields)]
    return b"\r\n".join(head) + b"\r\n\r\n", data[end.end() :]


def _read(lines: list[bytes]) -> _Fields:
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if b"\0" in name or (colon and _NAME.fullmatch(name)):
            fields.append((name, _CONTROLS.sub(b" ", value).strip(b" ")))
    return fields


def _frame(fields: _Fields) -> _Fields:
    """Say once how long the body is; chunks go before a length, as the standard has it."""
    codings = [one for one in _listed(fields, b"transfer-encoding") if one != b"identity"]
    lengths = _listed(fields, b"content-length")
    kept = [field for field in fields if field[0].lower() not in FRAMES]
    if codings:
        kept.append((b"Transfer-Encoding", b", ".join(codings)))
    elif lengths:
        kept.append((b"Content-Length", b", ".join(lengths)))
    return kept


def _listed(fields: _Fields, wanted: bytes) -> list[bytes]:
    """Return what headers of a name list, each once, in lower case."""
    values = b",".join(value for name, value in fields if name.lower() == wanted)
    return list(dict.fromkeys(one.strip().lower() for one in values.split(b",") if one.strip()))
