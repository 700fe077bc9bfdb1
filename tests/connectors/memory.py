"""What stands in, in memory, for whoever drives a connector."""

import asyncio
import dataclasses
from collections.abc import Callable, Collection
from urllib.parse import parse_qs, urlsplit

import orjson

from connectors.base import Asking, Connector, Cursor, SyncMode, SyncPage
from connectors.errors import FetchError, ReconnectError
from connectors.guard import Answer
from connectors.items import JSONValue

# Gets path, query and token, and gives status and JSON.
Respond = Callable[[str, dict[str, str], str], tuple[int, JSONValue]]


@dataclasses.dataclass
class MemoryClient:
    """Answers by a function in place of a network, and counts.

    Attributes:
        asked: path and query of each request.
    """

    respond: Respond
    asked: list[str] = dataclasses.field(default_factory=list)

    async def ask(self, url: str, *, token: str = "", max_bytes: int, deadline_s: float) -> Answer:
        parts = urlsplit(url)
        self.asked.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, body = self.respond(parts.path, query, token)
        return Answer(status, "application/json", {}, orjson.dumps(body))


@dataclasses.dataclass
class MemoryAccess:
    """One account, its tokens and its budget.

    Attributes:
        tokens: the one that is good for now, and those that follow when it is refused.
        budget: requests that are left.
        rests: what the source asked for, in seconds.
    """

    client: Asking
    tokens: list[str] = dataclasses.field(default_factory=lambda: ["token"])
    budget: int = 1_000_000
    rests: list[float | None] = dataclasses.field(default_factory=list)

    async def token(self, *, refused: str = "") -> str:
        if refused and refused == self.tokens[0]:
            self.tokens.pop(0)
        if not self.tokens:
            raise ReconnectError("Reconnect the account.")
        return self.tokens[0]

    async def spend(self) -> None:
        if self.budget <= 0:
            raise FetchError("Later.", fetch_code="rate_limited", retry_after_s=60)
        self.budget -= 1

    async def rest(self, wait_s: float | None = None) -> float:
        self.rests.append(wait_s)
        return wait_s or 60


@dataclasses.dataclass
class MemoryState:
    """A library of references, and the checkpoint."""

    cursor: Cursor = dataclasses.field(default_factory=dict)
    mode: SyncMode = SyncMode.INCREMENTAL
    generation: int = 1
    refs: set[str] = dataclasses.field(default_factory=set)

    async def known(self, refs: Collection[str]) -> set[str]:
        return self.refs.intersection(refs)

    def take(self, page: SyncPage) -> None:
        """Write a page, and its cursor as a database gives it back."""
        self.refs.update(item.ref for item in page.items)
        self.cursor = orjson.loads(orjson.dumps(page.cursor))


def read_all(
    connector: Connector,
    access: MemoryAccess,
    state: MemoryState,
    *,
    stop_after: int | None = None,
) -> list[SyncPage]:
    """Run a connector as a job would: what a page holds is known, and its cursor kept, behind it.

    Args:
        stop_after: so many pages, as if the worker died then.
    """
    pages: list[SyncPage] = []

    async def read() -> None:
        async for page in connector.pages(access, state):
            pages.append(page)
            state.take(page)
            if len(pages) == stop_after:
                return
        assert pages[-1].is_last

    asyncio.run(read())
    return pages
