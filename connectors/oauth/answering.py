"""The way back: what a source's answer brings, and whose account it is.

Nothing here writes; the code is exchanged and the account asked for outside of any transaction.
"""

import asyncio
import dataclasses
from typing import Final

from connectors.base import Asking, Connector
from connectors.budget import SharedBudget
from connectors.credentials.tokens import Tokens
from connectors.errors import LinkRefusedError, ReconnectError, RightsMissingError
from connectors.oauth.applications import application_of
from connectors.oauth.asking import endpoints_of
from connectors.oauth.endpoints import Account
from connectors.oauth.exchange import Desk
from connectors.oauth.states import Way

_DENIED: Final = "access_denied"
_MAX_CODE_CHARS: Final = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class Granted:
    """What a person granted.

    Attributes:
        lacking: names of scopes without which nothing can be read.
        without: names of scopes that were asked for, may be missing, and are.
    """

    tokens: Tokens
    account: Account
    lacking: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclasses.dataclass(slots=True)
class NewcomersAccess:
    """Asks on behalf of an account that is not linked yet; see `connectors.base.Access`."""

    client: Asking
    tokens: Tokens
    budget: SharedBudget

    async def token(self, *, refused: str = "") -> str:
        """Return the token that has just been given; there is no other."""
        if refused:
            raise ReconnectError("The source does not accept the access that it has just given.")
        return self.tokens.access_token

    async def spend(self) -> None:
        """Take one request out of the budget that all share."""
        await self.budget.spend()

    async def rest(self, wait_s: float | None = None) -> float:
        """Let nobody ask until then."""
        return await self.budget.rest(wait_s)


def refuse_denial(connector: Connector, error: str) -> None:
    """Refuse an answer that brings an error in place of a code.

    Args:
        error: as the source wrote it into the address; it is not repeated.

    Raises:
        LinkRefusedError: there is one.
    """
    if error == _DENIED:
        raise LinkRefusedError(
            f"You did not allow it at {connector.title}, so nothing was linked. You can begin "
            "again at any time."
        )
    if error:
        raise LinkRefusedError(
            f"{connector.title} did not let you connect. Begin again; if it happens again, tell "
            "whoever runs this installation."
        )


def finish(connector: Connector, way: Way, *, code: str) -> Granted:
    """Exchange a code, and ask whose account it is for.

    Raises:
        LinkRefusedError: the code is no good, or so little was granted that nobody can say whose
            account it is.
        ApplicationError, FetchError: see `connectors.oauth.exchange`.
    """
    if not code or len(code) > _MAX_CODE_CHARS:
        raise LinkRefusedError(f"{connector.title} sent no answer that can be used. Begin again.")
    asked = tuple(scope.name for scope in connector.scopes)
    desk = desk_of(connector)
    try:
        tokens = desk.tokens_for_code(
            code, redirect_uri=way.redirect_uri, verifier=way.verifier, asked=asked
        )
    except ReconnectError as error:
        raise LinkRefusedError(
            f"{connector.title} did not accept the answer any more. Nothing was linked: begin "
            "again."
        ) from error
    # Made outside the event loop: it may look at the database.
    budget = connector.budget(account_id="")
    try:
        account = asyncio.run(_account(connector, tokens, budget))
    except (ReconnectError, RightsMissingError) as error:
        raise LinkRefusedError(
            f"{connector.title} did not let Magpie see whose account it is. Nothing was linked: "
            "begin again, and allow all that is needed."
        ) from error
    return Granted(
        tokens,
        account,
        lacking=missing_scopes(connector, tokens.scopes),
        without=tuple(
            scope.name
            for scope in connector.scopes
            if not scope.is_needed and scope.name not in tokens.scopes
        ),
    )


def desk_of(connector: Connector) -> Desk:
    """Return a connector's token endpoint.

    Raises:
        ApplicationMissingError: the operator has entered no application.
    """
    application = application_of(connector.name, title=connector.title)
    return Desk(connector.title, endpoints_of(connector), application, connector.client)


def refresh_tokens(connector: Connector, tokens: Tokens) -> Tokens:
    """Exchange a refresh token; see `connectors.base.Connector.refresh`."""
    return desk_of(connector).tokens_for_refresh(tokens)


def missing_scopes(connector: Connector, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that a connector needs and was not granted."""
    needed = [scope.name for scope in connector.scopes if scope.is_needed]
    return tuple(name for name in needed if name not in granted)


async def _account(connector: Connector, tokens: Tokens, budget: SharedBudget) -> Account:
    async with connector.client() as client:
        return await connector.account(NewcomersAccess(client, tokens, budget))
