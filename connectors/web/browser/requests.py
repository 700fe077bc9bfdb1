"""What a browser asks its proxy: one request head, read strictly or not at all.

Nothing is repaired and nothing is passed on as it came: a request that another parser could read
differently is refused, and what goes to the server is written anew from what was understood.
"""

import re
from dataclasses import dataclass
from typing import Final

CONNECT: Final = "CONNECT"
# A page that is only looked at has no need to change or to delete anything.
METHODS: Final = frozenset({CONNECT, "GET", "HEAD", "OPTIONS", "POST"})
MAX_HEADERS: Final = 128

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) ([\x21-\x7e]{1,8192}) HTTP/1\.[01]\Z")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}):[ \t]*([\t\x20-\x7e\x80-\xff]*)\Z")
_LENGTH = re.compile(r"[0-9]{1,12}\Z")
# Said to the proxy and meant for it; the rest of the way has headers of its own.
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "proxy-status",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_ONLY_ONCE: Final = ("host", "content-length", "proxy-authorization")


class BadRequestError(Exception):
    """A request that is not understood in one way only.

    Attributes:
        status: of the answer.
    """

    def __init__(self, status: str = "400 Bad Request") -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """One request to the proxy.

    Attributes:
        target: an absolute address, or ``host:port`` for a tunnel.
        headers: names in lower case, in the order in which they came.
    """

    method: str
    target: str
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """Return the first value of a header, empty where there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")

    @property
    def body_bytes(self) -> int:
        """The announced length of the body."""
        return int(self.header("content-length") or 0)

    def onward_headers(self) -> list[tuple[bytes, bytes]]:
        """Return what the server is told, without ``Host``."""
        return end_to_end(self.headers, besides=frozenset({"host"}))


def end_to_end(
    headers: tuple[tuple[str, bytes], ...], *, besides: frozenset[str] = frozenset()
) -> list[tuple[bytes, bytes]]:
    """Return the headers that are not about this one connection."""
    named = b",".join(value for name, value in headers if name == "connection").decode("latin-1")
    dropped = HOP_BY_HOP | besides | {token.strip().lower() for token in named.split(",")}
    return [(name.encode("latin-1"), value) for name, value in headers if name not in dropped]


def parse_head(head: bytes) -> ProxyRequest:
    """Read a request head, from its first byte to the empty line.

    Raises:
        BadRequestError: it breaks the rules, or asks for what this proxy does not do.
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    match = _REQUEST_LINE.match(first)
    if match is None or len(lines) > MAX_HEADERS:
        raise BadRequestError
    headers = tuple(map(_parse_header, lines))
    request = ProxyRequest(match[1].decode(), match[2].decode(), headers)
    _refuse_unusual(request)
    return request


def _parse_header(line: bytes) -> tuple[str, bytes]:
    match = _HEADER.match(line)
    if match is None:
        raise BadRequestError
    return match[1].decode().lower(), match[2].rstrip(b" \t")


def _refuse_unusual(request: ProxyRequest) -> None:
    names = [name for name, _ in request.headers]
    if any(names.count(name) > 1 for name in _ONLY_ONCE) or "transfer-encoding" in names:
        raise BadRequestError
    length = request.header("content-length")
    if "content-length" in names and not _LENGTH.match(length):
        raise BadRequestError
    if request.method == CONNECT and request.body_bytes:
        raise BadRequestError
    if request.method not in METHODS:
        raise BadRequestError("405 Method Not Allowed")
    if "upgrade" in names:
        raise BadRequestError("403 Forbidden")
