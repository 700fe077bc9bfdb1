"""Pinterest as a source that is read through an account."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import ClassVar

from django.conf import settings

from connectors.base import (
    Access,
    Connector,
    Cursor,
    Scope,
    SyncPage,
    SyncState,
    Terms,
    Use,
    register,
)
from connectors.budget import SharedBudget
from connectors.errors import FetchError
from connectors.guard import GuardedClient
from connectors.items import Source
from connectors.oauth.applications import client_id_of
from connectors.oauth.endpoints import Account, Endpoints
from connectors.pinterest_api.client import PinterestAPI, api_client, shared_budget
from connectors.pinterest_api.paging import PAGE_SIZE
from connectors.pinterest_api.place import Place
from connectors.pinterest_api.rounds import Walk
from connectors.readers.pinterest.boards import board_key
from connectors.readers.pinterest.ids import digits_of
from connectors.readers.text import clean


@register
class Pinterest(Connector):
    """Boards, sections and pins of an account, newest first; see `rounds`."""

    name = "pinterest_api"
    source = Source.PINTEREST
    title = "Pinterest"
    reads = "Your boards with their sections, and the pins on them, as you see them yourself."
    terms = Terms(
        url="https://policy.pinterest.com/en/developer-guidelines",
        read_on=dt.date(2025, 12, 11),
        says=(
            "Apart from figures of campaigns, what comes through the API may not be stored but is "
            "to be called each time, and is not to be combined with data of other services. A "
            "library that keeps pins conflicts with this as it is written: an operator who "
            "switches it on needs Pinterest's permission."
        ),
        allows=frozenset({Use.SHOW}),
    )
    scopes = (
        Scope("boards:read", "See your public boards, their names and sections."),
        Scope("pins:read", "See the pins on them, with texts, links and pictures."),
        Scope("user_accounts:read", "See the name of your account, to show which one is linked."),
        Scope("boards:read_secret", "See your secret boards too.", is_needed=False),
        Scope("pins:read_secret", "See the pins on your secret boards too.", is_needed=False),
    )
    page_size: ClassVar[int] = PAGE_SIZE

    def client(self) -> GuardedClient:
        """Return a client that keeps its connections to the API."""
        return api_client()

    def budget(self, *, account_id: str) -> SharedBudget:
        """Return the limits of the application, by its id, and of the account; one query."""
        client_id = client_id_of(self.name) or self.name
        return shared_budget(client_id=client_id, account_id=account_id)

    def oauth(self) -> Endpoints:
        """Return Pinterest's addresses; its scopes stand between commas, and it has no PKCE."""
        return Endpoints(
            authorize_url=settings.PINTEREST_AUTHORIZE_URL,
            token_url=f"{settings.PINTEREST_API_URL}/oauth/token",
            scope_separator=",",
            offers_pkce=False,
            # Applications of before 25 September 2025 get tokens that renew only if they ask.
            code_extra=(("continuous_refresh", "true"),),
            settings_url="https://www.pinterest.com/settings/security",
            register_url="https://developers.pinterest.com/apps/",
        )

    async def account(self, access: Access) -> Account:
        """Return whose account it is."""
        return await read_account(access)

    def boards_of(self, cursor: Cursor) -> frozenset[str]:
        """Return the keys of the boards that the account had when it was read last."""
        return frozenset(board_key(board_id, "") for board_id in Place.unpacked(cursor).boards)

    def pages(self, access: Access, state: SyncState) -> AsyncIterator[SyncPage]:
        """Yield what changed, or all of it; see `connectors.base.Connector.pages`."""
        return Walk(access, state, page_size=self.page_size).pages()


async def read_account(access: Access) -> Account:
    """Return whose account it is.

    Raises:
        FetchError: as `PinterestAPI.get`; ``bad_response`` where nobody is named.
    """
    found = await PinterestAPI(access).get("/user_account")
    name = clean(found.get("username"), 300)
    account_id = digits_of(found.get("id")) or name
    if not account_id:
        raise FetchError("Pinterest did not say whose account it is.", fetch_code="bad_response")
    return Account(account_id, name)
