"""What a connector is: one source that is read through an account, in one file.

A connector asks, reads and remembers its place; it knows no table and no organization. Whoever
drives it gives it an :class:`Access` (how to ask) and a :class:`SyncState` (what is here
already), and writes each :class:`SyncPage` in one transaction together with its cursor.
``docs/connectors.md`` builds one step by step.
"""

import abc
import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Collection
from typing import ClassVar, Final, Protocol, TypeVar, runtime_checkable

from connectors.budget import Limit, SharedBudget, digest
from connectors.credentials.tokens import Tokens
from connectors.errors import ReconnectError
from connectors.guard import Answer, GuardedClient
from connectors.guard.options import options_from_settings
from connectors.items import JSONValue, Page, Source
from connectors.oauth.endpoints import Account, Endpoints

Cursor = dict[str, JSONValue]
# Of one account, where a connector knows no better.
REQUESTS_PER_MINUTE: Final = 60


class Use(enum.StrEnum):
    """What may be done with what a connector brings."""

    SHOW = "show"
    STORE = "store"
    SEARCH = "search"
    AI = "ai"
    FACES = "faces"


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """The platform's terms as somebody read them, as far as they bind this connector.

    Attributes:
        url: where they stand.
        read_on: when they were read; what they say now may differ.
        says: what matters of them, in plain words.
        allows: the uses that they allow without a doubt.
        keep_days: how long what was brought may be kept; None where they name no time.
        is_official: the platform offers this way to programs. What is not offered is off until
            an operator acknowledges it.
    """

    url: str
    read_on: dt.date
    says: str
    allows: frozenset[Use]
    keep_days: int | None = None
    is_official: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """A right that a connector asks for.

    Attributes:
        name: as the platform writes it, such as ``boards:read``.
        means: what it lets Magpie do, in words for who is asked to grant it.
        is_needed: nothing can be read without it.
    """

    name: str
    means: str
    is_needed: bool = True


class Asking(Protocol):
    """What sends requests: a `connectors.guard.GuardedClient`, or its stand-in in tests."""

    async def ask(self, url: str, *, token: str = "", max_bytes: int, deadline_s: float) -> Answer:
        """Ask an API for JSON; see `connectors.guard.GuardedClient.ask`."""


class Access(Protocol):
    """How a connector asks its source on behalf of one account."""

    @property
    def client(self) -> Asking:
        """Sends the requests."""

    async def token(self, *, refused: str = "") -> str:
        """Return an access token that is good for now.

        Args:
            refused: the token that the source has just refused, so that another one must come.

        Raises:
            ReconnectError: there is none, and only a person can bring another.
        """

    async def spend(self) -> None:
        """Take one request out of the budget that all who ask as this application share.

        Raises:
            FetchError: ``rate_limited``, with the seconds until there is one again.
        """

    async def rest(self, wait_s: float | None = None) -> float:
        """Let nobody ask for this account until then; return the seconds.

        Args:
            wait_s: as the source asked; None where it named no time. Then each further time in
                a row is longer.
        """


@runtime_checkable
class KnowsScopes(Protocol):
    """An access that can tell what was granted."""

    async def granted(self) -> Collection[str]:
        """Return the names of the scopes; none where the source does not tell."""


class SyncMode(enum.StrEnum):
    """How much of the source a run looks at."""

    INCREMENTAL = "incremental"  # what came since the last run, with as few requests as possible
    SWEEP = "sweep"  # everything, so that edits of old items and removals are found


class SyncState(Protocol):
    """What the library knows when a run begins or goes on.

    Attributes:
        cursor: of the last page that was written; empty before the first.
        mode: how much to look at.
        generation: of this sweep: larger than that of every sweep before. One that goes on has
            the generation that it began with. Where the cursor is in the middle of a sweep of
            another one, a person wants everything read again: it begins at the beginning.
    """

    cursor: Cursor
    mode: SyncMode
    generation: int

    async def known(self, refs: Collection[str]) -> set[str]:
        """Return those of the references that the organization has, or has removed itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """A part of the source was read from end to end within one generation.

    What the library has of that part by this connection, and what did not come in a page of this
    generation, is gone there.

    Attributes:
        generation: of the sweep.
        board: key of the board that was read; empty for the whole account, which tells of items
            only: boards that are listed no more are named by `SyncPage.gone_boards`.
        spared: keys of boards of which nothing is known, because they could not be read, or
            changed too often meanwhile. What is on them stays as it is.
        spares_secret: nothing is known of secret boards, because the right to see them is missing.
    """

    generation: int
    board: str = ""
    spared: tuple[str, ...] = ()
    spares_secret: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SkippedBoard:
    """A board that the source does not let us read.

    Attributes:
        key: as in its `BoardRef`.
        name: as the source shows it.
        code: of ``ingestion.codes``, such as ``forbidden``.
    """

    key: str
    name: str
    code: str


@dataclasses.dataclass(frozen=True, slots=True)
class SyncPage(Page):
    """What one or few requests brought, and where to go on behind it.

    Attributes:
        generation: of the sweep that the items were seen in; 0 in an incremental run, which
            tells nothing of what did not come.
        gone: references of items that the source says are gone.
        gone_boards: keys of boards that the source has no more, with all that was on them.
        skipped: boards that could not be read.
        finished: parts that were read from end to end.
        expected: how many items the run will read, as far as the source tells.
    """

    generation: int = 0
    gone: tuple[str, ...] = ()
    gone_boards: tuple[str, ...] = ()
    skipped: tuple[SkippedBoard, ...] = ()
    finished: tuple[Finished, ...] = ()
    expected: int | None = None


class Connector(abc.ABC):
    """A source that is read through an account.

    Attributes:
        name: stable; stored with connections and in addresses.
        source: where its items live.
        title: what people read.
        reads: what it reads, in one sentence for who is about to connect.
        terms: of the platform.
        scopes: the rights that it asks for.
    """

    name: ClassVar[str]
    source: ClassVar[Source]
    title: ClassVar[str]
    reads: ClassVar[str]
    terms: ClassVar[Terms]
    scopes: ClassVar[tuple[Scope, ...]] = ()

    def client(self) -> GuardedClient:
        """Return what sends the requests; entered and left by who drives the connector."""
        return GuardedClient(options_from_settings())

    def budget(self, *, account_id: str) -> SharedBudget:
        """Return the budget that all who ask for the account share.

        Args:
            account_id: at the source.
        """
        key = f"{self.name}:account:{digest(self.name, account_id)}"
        return SharedBudget((Limit(key, REQUESTS_PER_MINUTE, 60.0),), own=key)

    def oauth(self) -> Endpoints | None:
        """Return where access is granted; None where accounts are linked in no such way."""
        return None

    async def account(self, access: Access) -> Account:
        """Ask whose account it is; one that is linked by OAuth says so.

        Raises:
            ReconnectError, RightsMissingError, FetchError: as `pages`.
        """
        raise NotImplementedError

    def refresh(self, tokens: Tokens) -> Tokens:
        """Ask the source for other tokens; see `connectors.credentials.fresh_tokens`.

        Raises:
            ReconnectError: it gives none, so that a person has to connect anew.
            ApplicationError: the application of this installation is missing, or refused.
            FetchError: it cannot be asked at the moment.
        """
        if self.oauth() is None:
            raise ReconnectError(f"The access to {self.title} has ended. Reconnect the account.")
        # Imported here: it knows connectors.
        from connectors.oauth.answering import refresh_tokens  # noqa: PLC0415

        return refresh_tokens(self, tokens)

    def boards_of(self, cursor: Cursor) -> frozenset[str]:
        """Return the keys of the boards that the account had, as far as a cursor tells."""
        return frozenset()

    @abc.abstractmethod
    def pages(self, access: Access, state: SyncState) -> AsyncIterator[SyncPage]:
        """Yield what the source has behind ``state.cursor``; the last page says ``is_last``.

        A page is written, with its cursor, before or while the next one is asked for; a run that
        was broken off goes on with the cursor of the last page that was written, maybe in another
        process. The same item may come again: that changes nothing.

        Raises:
            ReconnectError, RightsMissingError: only a person can mend it.
            FetchError: with one of its codes; what was yielded before stays.
        """


AnyConnector = TypeVar("AnyConnector", bound=type[Connector])
_CONNECTORS: dict[str, Connector] = {}


def register(connector: AnyConnector) -> AnyConnector:
    """Make a class of connectors known by its name; used as a decorator.

    Raises:
        ValueError: another class has the name.
    """
    known = _CONNECTORS.get(connector.name)
    if known is not None and type(known) is not connector:
        raise ValueError(f"Two connectors are named {connector.name!r}.")
    _CONNECTORS.setdefault(connector.name, connector())
    return connector


def connector_named(name: str) -> Connector:
    """Return a connector.

    Raises:
        KeyError: there is none of that name.
    """
    return _CONNECTORS[name]


def connectors() -> tuple[Connector, ...]:
    """Return all connectors in the order of their names."""
    return tuple(_CONNECTORS[name] for name in sorted(_CONNECTORS))
