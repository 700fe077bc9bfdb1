"""One request for the details of a pin, as a page of the site would send it."""

import dataclasses
import time
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urlsplit

from django.conf import settings

from connectors.errors import FetchError
from connectors.guard import GuardedClient
from connectors.guard.options import GuardOptions, options_from_settings
from connectors.pinterest_web.answers import Meaning, Reader, Trouble, missed
from connectors.pinterest_web.details import SessionHeaders, Wanted

MOST_AT_A_TIME: Final = 20
MAX_BYTES: Final = 4 * 1024**2
PATH: Final = "/resource/PinResource/get/"
# Since March 2025 the endpoint refuses who does not name the page that asks.
HANDLER: Final = "www/pin/[id].js"

_ID: Final = "0000000000"
_DATA: Final = quote(
    '{"options":{"id":"' + _ID + '","field_set_key":"detailed"},"context":{}}', safe=""
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where pins are asked for, and how.

    Attributes:
        base: scheme and host.
        deadline_s: of one request.
        options: of the client.
    """

    base: str
    deadline_s: float
    options: GuardOptions

    @classmethod
    def from_settings(cls, *, user_agent: str = "") -> Self:
        """Return the site of this installation.

        Args:
            user_agent: of requests that name none; that of the settings by default.
        """
        base, options = settings.PINTEREST_WEB_URL, options_from_settings()
        host = urlsplit(base).hostname or ""
        options = dataclasses.replace(
            options,
            user_agent=user_agent or options.user_agent,
            trusted_hosts=options.trusted_hosts | {host},
            http2_hosts=frozenset({host} if settings.FETCH_HTTP2 else ()),
            total_limit=max(options.total_limit, MOST_AT_A_TIME),
            host_limits={**options.host_limits, host: MOST_AT_A_TIME},
        )
        return cls(base, settings.PINTEREST_WEB_DEADLINE_S, options)

    def client(self) -> GuardedClient:
        """Return a client that keeps its connections to the site between requests."""
        return GuardedClient(self.options)


class Asker:
    """Asks for pins by one client, and reads what is answered."""

    def __init__(self, site: Site, client: GuardedClient) -> None:
        self._site, self._client, self._reader = site, client, Reader()

    async def ask(self, wanted: Wanted, session: SessionHeaders) -> Meaning:
        """Ask for one pin.

        Raises:
            AddressRefusedError: the guard refuses the site itself.
        """
        try:
            answer = await self._client.ask(
                address_of(wanted.pin_id, base=self._site.base, now=time.time()),
                headers=headers_of(session, wanted.pin_id, base=self._site.base),
                max_bytes=MAX_BYTES,
                deadline_s=self._site.deadline_s,
            )
        except FetchError as exc:
            if exc.fetch_code == "payload_too_large":
                return missed(wanted, exc.fetch_code)
            return Trouble(exc.fetch_code)
        return self._reader.read(wanted, answer)


def check_most(most: int) -> None:
    """Return for a number of requests at a time that is within its range.

    Raises:
        ValueError: it is not.
    """
    if not 1 <= most <= MOST_AT_A_TIME:
        raise ValueError(f"From 1 to {MOST_AT_A_TIME} requests at a time.")


def address_of(pin_id: str, *, base: str, now: float) -> str:
    """Return where the details of a pin are.

    Args:
        base: scheme and host of the site.
        now: seconds since 1970.
    """
    data = _DATA.replace(_ID, pin_id)
    return f"{base}{PATH}?source_url=%2Fpin%2F{pin_id}%2F&data={data}&_={int(now * 1000)}"


def headers_of(session: SessionHeaders, pin_id: str, *, base: str) -> dict[str, str]:
    """Return the headers of a request for a pin."""
    headers = {
        "accept": "application/json, text/javascript, */*; q=0.01",
        "accept-language": "en-US,en;q=0.9",
        "cookie": session.cookies,
        "referer": f"{base}/pin/{pin_id}/",
        "user-agent": session.user_agent,
        "x-csrftoken": session.csrf_token,
        "x-pinterest-pws-handler": HANDLER,
        "x-requested-with": "XMLHttpRequest",
    }
    if session.app_version:
        headers["x-app-version"] = session.app_version
    return headers
