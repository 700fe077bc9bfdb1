"""How a connector asks on behalf of one account: its tokens, and the budget that all share."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from connectors.base import Connector
from connectors.credentials import Tokens, fresh_tokens
from connectors.errors import ReconnectError
from connectors.guard import GuardedClient
from connectors.models import Connection
from connectors.threads import in_thread

# Longer than the longest request, so that no token expires on its way.
MARGIN: Final = dt.timedelta(minutes=5)
# No token is good for as long: whatever there is is exchanged.
ALWAYS: Final = dt.timedelta(days=36_500)


class AccountAccess:
    """See `connectors.base.Access`."""

    def __init__(
        self,
        connector: Connector,
        connection: Connection,
        *,
        client: GuardedClient,
        account_id: str,
    ) -> None:
        self.client = client
        self._connector, self._connection = connector, connection
        self._budget = connector.budget(account_id=account_id)

    async def token(self, *, refused: str = "") -> str:
        """Return an access token, another one where the source has refused ``refused``."""
        return await in_thread(lambda: self._token(refused))

    async def granted(self) -> Collection[str]:
        """Return what was granted; see `connectors.base.KnowsScopes`."""
        return (await in_thread(lambda: self._fresh(MARGIN))).scopes

    async def spend(self) -> None:
        """Take one request out of the shared budget."""
        await self._budget.spend()

    async def rest(self, wait_s: float | None = None) -> float:
        """Let nobody ask for the account until then."""
        return await self._budget.rest(wait_s)

    def _token(self, refused: str) -> str:
        found = self._fresh(MARGIN)
        if refused and found.access_token == refused:
            found = self._fresh(ALWAYS)
        if refused and found.access_token == refused:
            raise ReconnectError(
                "The source does not accept the connection any more. Reconnect the account."
            )
        return found.access_token

    def _fresh(self, margin: dt.timedelta) -> Tokens:
        return fresh_tokens(self._connection, self._connector.refresh, margin=margin)
