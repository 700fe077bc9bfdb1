"""Pinterest as a source that is read through an account."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from connectors.base import (
    Access,
    Connector,
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
from connectors.pinterest_api.client import PinterestAPI, api_client, shared_budget
from connectors.pinterest_api.paging import PAGE_SIZE
from connectors.pinterest_api.rounds import Walk
from connectors.readers.pinterest.ids import digits_of
from connectors.readers.text import clean


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a token is for."""

    account_id: str
    name: str


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
        """Return the limits of the application and of the account."""
        # An installation is one application.
        return shared_budget(client_id=self.name, account_id=account_id)

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
