"""Asking Pinterest's API: one request, its budget, its token, and what its answer means."""

import dataclasses
import time
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from connectors.base import Access
from connectors.budget import Limit, SharedBudget, digest
from connectors.guard import Answer, GuardedClient
from connectors.guard.options import options_from_settings
from connectors.pinterest_api.failures import (
    OK,
    TOO_MANY,
    failure_of,
    is_token_refused,
    json_of,
)
from connectors.pinterest_api.limits import read_limit

MAX_BYTES: Final = 32 * 1024**2
DEADLINE_S: Final = 30.0
_A_DAY_S: Final = 86_400.0
_A_MINUTE_S: Final = 60.0


class PinterestAPI:
    """The API as one account sees it."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Return what a path gives.

        Raises:
            FetchError: with one of its codes; see `failures`.
            ReconnectError, RightsMissingError: only a person can mend it.
        """
        url = settings.PINTEREST_API_URL + path
        if asked := {name: value for name, value in query.items() if value != ""}:
            url += f"?{urlencode(asked)}"
        token = await self._access.token()
        answer = await self._ask(url, token)
        if is_token_refused(answer):
            answer = await self._ask(url, await self._access.token(refused=token))
        found = json_of(answer)
        if answer.status == OK and found is not None:
            return found
        raise failure_of(answer)

    async def _ask(self, url: str, token: str) -> Answer:
        """Send one request, and let others know where it was one too many, or the last one."""
        await self._access.spend()
        answer = await self._access.client.ask(
            url, token=token, max_bytes=MAX_BYTES, deadline_s=DEADLINE_S
        )
        limit = read_limit(answer, now=time.time())
        if answer.status == TOO_MANY:
            raise failure_of(answer, wait_s=await self._access.rest(limit.wait_s))
        if limit.is_used_up:
            await self._access.rest(limit.wait_s)
        return answer


def api_client() -> GuardedClient:
    """Return a client that keeps its connections to the API between requests."""
    options, host = options_from_settings(), urlsplit(settings.PINTEREST_API_URL).hostname
    hosts = frozenset({host} if host else ())
    return GuardedClient(
        dataclasses.replace(
            options,
            trusted_hosts=options.trusted_hosts | hosts,
            http2_hosts=hosts if settings.FETCH_HTTP2 else frozenset(),
        )
    )


def shared_budget(*, client_id: str, account_id: str) -> SharedBudget:
    """Return the budget of an account, which all organizations that link it share.

    Args:
        client_id: of the application; all its accounts share its requests of a day.
        account_id: at Pinterest.
    """
    account = f"pinterest:account:{digest(client_id, account_id)}"
    per_day, per_minute = (
        settings.PINTEREST_APP_REQUESTS_PER_DAY,
        settings.PINTEREST_USER_REQUESTS_PER_MINUTE,
    )
    return SharedBudget(
        (
            Limit(f"pinterest:app:{digest(client_id)}", per_day, _A_DAY_S),
            Limit(account, per_minute, _A_MINUTE_S),
        ),
        own=account,
    )
