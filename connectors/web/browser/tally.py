"""What a browser has asked for so far, and what of it was refused."""

from dataclasses import dataclass, field
from typing import Final

from connectors.errors import ConnectorError, FetchError

_MAX_REFUSALS: Final = 1000


class OverLimitError(Exception):
    """The browser asked for more than its page may cost."""


@dataclass(slots=True)
class Tally:
    """Counts against limits.

    Attributes:
        requests: that came with the right credentials, refused ones included.
        refused: of these.
        size_bytes: that passed, both ways together.
        is_over: a limit was reached; nothing passes any more.
        refusals: the first reason for each ``host:port``, for who opened the page.
    """

    max_bytes: int
    max_requests: int
    requests: int = 0
    refused: int = 0
    size_bytes: int = 0
    is_over: bool = False
    refusals: dict[str, ConnectorError] = field(default_factory=dict)

    def take_request(self) -> None:
        """Count one request.

        Raises:
            OverLimitError: it is one too many, or too many bytes have passed.
        """
        self.requests += 1
        self._stop_if(self.is_over or self.requests > self.max_requests)

    def take_bytes(self, number: int) -> None:
        """Count bytes before they are passed on.

        Raises:
            OverLimitError: they are too many.
        """
        self.size_bytes += number
        self._stop_if(self.is_over or self.size_bytes > self.max_bytes)

    def note_refusal(self, origin: str = "", error: ConnectorError | None = None) -> None:
        """Count a request that was not answered by a server."""
        self.refused += 1
        if error is not None and len(self.refusals) < _MAX_REFUSALS:
            self.refusals.setdefault(origin, error)

    def over_limit(self) -> FetchError:
        """Return the failure of a page that cost too much."""
        return FetchError(
            f"The page loads more than {self.max_requests:,} files or {self.max_bytes:,} bytes.",
            fetch_code="payload_too_large",
        )

    def _stop_if(self, is_over: bool) -> None:  # noqa: FBT001  # the one thing it is about
        if is_over:
            self.is_over = True
            raise OverLimitError
