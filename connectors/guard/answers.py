"""What the answer of a server means: its headers, its status, when to come again."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from connectors.errors import FetchError

# Longer waits are a server's mistake, or its way to say "never".
MAX_RETRY_AFTER_S: Final = 24 * 60 * 60.0
OK: Final = 200
NOT_MODIFIED: Final = 304
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_MAX_VALUE_CHARS: Final = 512
_VISIBLE = re.compile(r"[\x20-\x7e]*\Z")
_SECONDS = re.compile(r"[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True)
class Download:
    """What a fetch brought; the bytes themselves are where the caller wanted them.

    Attributes:
        final_url: the address that answered, after redirects.
        status: 200, or 304 when the request was conditional and nothing was sent.
        content_type: the ``Content-Type`` header, empty where it is missing or not ASCII.
        media_type: its first part in lower case, such as ``image/jpeg``: what the server claims.
        size_bytes: of the decoded body.
        sha256: of the decoded body, in lower-case hexadecimal.
        etag: for ``If-None-Match`` another time; empty where there is none.
        last_modified: for ``If-Modified-Since`` another time; empty where there is none.
    """

    final_url: str
    status: int
    content_type: str
    media_type: str
    size_bytes: int
    sha256: str
    etag: str = ""
    last_modified: str = ""

    @property
    def has_body(self) -> bool:
        """Say whether bytes came, rather than the word that nothing changed."""
        return self.status != NOT_MODIFIED


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API answered, be it a failure; a redirect is an answer like any other.

    Attributes:
        status: of HTTP.
        media_type: what the server claims, in lower case, such as ``application/json``.
        headers: by lower-case name; those that are not visible ASCII count as absent.
        content: the decoded body.
    """

    status: int
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the server asked to wait, where it did."""
        return parse_retry_after(self.headers.get("retry-after", ""), now=datetime.now(UTC))


class Headers:
    """Header values of an answer by lower-case name; what is not visible ASCII counts as absent."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[bytes]] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(value)

    def text(self, name: str) -> str:
        """Return the first value, or nothing when it is too long or not visible ASCII."""
        value = self._values.get(name, [b""])[0].decode("latin-1").strip()
        return value if len(value) <= _MAX_VALUE_CHARS and _VISIBLE.match(value) else ""

    def texts(self) -> dict[str, str]:
        """Return the first value of each name, as `text` does."""
        return {name: self.text(name) for name in self._values}

    def encoding(self) -> str:
        """Return all content encodings, joined by commas, in lower case."""
        joined = b",".join(self._values.get("content-encoding", []))
        return joined.decode("latin-1").strip().lower()

    def location(self) -> str:
        """Return where a redirect points, as it was sent.

        Raises:
            FetchError: ``bad_response``; there is none, they differ, or it is not UTF-8.
        """
        values = set(self._values.get("location", []))
        try:
            (value,) = values
            return value.decode()
        except ValueError as exc:
            raise FetchError(
                "The answer redirects without saying where to.", fetch_code="bad_response"
            ) from exc

    def announced_size_bytes(self) -> int:
        """Return the announced length of the body, 0 where there is none."""
        value = self.text("content-length")
        return int(value) if value.isdigit() else 0


def refuse_failure(status: int, headers: Headers, *, is_conditional: bool) -> None:
    """Return for an answer that holds what was asked for.

    Raises:
        FetchError: for every other answer, with ``retry_after_s`` where the server named a time.
    """
    if status == OK or (status == NOT_MODIFIED and is_conditional):
        return
    code = _code_of(status)
    raise FetchError(
        f"{_SAID.get(code, _SAID_ELSE)} It answered with status {status}.",
        fetch_code=code,
        retry_after_s=parse_retry_after(headers.text("retry-after"), now=datetime.now(UTC)),
        http_status=status,
    )


def parse_retry_after(value: str, *, now: datetime) -> float | None:
    """Read a ``Retry-After`` header: seconds or a date; at most a day, None when unreadable."""
    if _SECONDS.match(value):
        return min(float(value), MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


_CODES: Final = {
    401: "forbidden",
    403: "forbidden",
    404: "not_found",
    408: "source_timeout",
    410: "not_found",
    429: "rate_limited",
    451: "forbidden",
}

_SAID: Final = {
    "forbidden": "The site does not let us see this; it may want a sign-in.",
    "not_found": "The site has nothing at this address; look whether it is right.",
    "rate_limited": "The site asks us to wait.",
    "source_timeout": "The site gave up waiting.",
    "source_unavailable": "The site has trouble at the moment; it may be well later.",
}
_SAID_ELSE: Final = "The site gave no answer that we can use."


def _code_of(status: int) -> str:
    is_server_error = 500 <= status <= 599  # noqa: PLR2004  # the class of statuses
    return "source_unavailable" if is_server_error else _CODES.get(status, "bad_response")
