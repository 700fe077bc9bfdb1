"""A request and its answer, as the connections of the guard have them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from connectors.guard.dialing import GuardedStream

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, once it is known whom.

    Attributes:
        target: path and query.
        headers: in their order, with the host.
        form: the body of a POST; None for a GET.
    """

    target: bytes
    headers: RawHeaders
    form: bytes | None = None

    @property
    def method(self) -> bytes:
        """The method of HTTP."""
        return b"GET" if self.form is None else b"POST"


class Body(Protocol):
    """The body of an answer, in pieces as they come."""

    def __aiter__(self) -> AsyncGenerator[bytes]: ...

    async def aclose(self) -> None:
        """Let go of the answer, whether or not it was read to its end."""


@dataclass(frozen=True, slots=True)
class Response:
    """The head of an answer, with the body still to be read.

    Attributes:
        stream: over which the body comes.
    """

    status: int
    headers: RawHeaders
    body: Body
    stream: GuardedStream
