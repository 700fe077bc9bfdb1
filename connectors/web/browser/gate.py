"""Which requests of a page leave the browser at all; the proxy judges those that do.

This spares time and traffic, and is no wall: prefetches, workers and reports never come by here.
"""

import base64
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import BrowserContext, Route, WebSocketRoute

from connectors.web.browser.orders import Order
from connectors.web.browser.requests import METHODS
from connectors.web.rules import Robots, site_part

# What may change the HTML of a page, or the layout that its scripts look at.
_NEEDED: Final = frozenset(
    {"document", "stylesheet", "script", "xhr", "fetch", "preflight", "other"}
)
# What a page waits for before it shows the rest, and of which the address is enough.
_STAND_IN: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# WebRTC and WebTransport find no way out; without them scripts don't try.
_SCRIPT: Final = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel",
                    "WebTransport", "WebSocketStream"]) {
  delete globalThis[name];
}
"""


class Gate:
    """Lets the requests of a context through, answers or refuses them.

    Attributes:
        refused: requests beyond the limit, of a kind that no page needs to be read, or that the
            site's rules keep programs from.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._left = order.max_requests
        self._site = site_part(order.url)
        self._rules = Robots(order.robots, user_agent=order.user_agent)
        self.refused = 0

    async def guard(self, context: BrowserContext) -> None:
        """Stand before a context."""
        await context.add_init_script(_SCRIPT)
        await context.route("**/*", self._decide)
        await context.route_web_socket("**", self._refuse_socket)

    async def _decide(self, route: Route) -> None:
        request = route.request
        url = urlsplit(request.url)
        is_picture = request.resource_type == "image"
        if is_picture and not self._order.with_pictures:
            await route.fulfill(body=_STAND_IN, content_type="image/gif")
        elif self._is_refused(request.url):
            self.refused += 1
            await route.abort()
        elif url.scheme == "https" and url.hostname in self._order.stand_ins:
            await _lead_to_stand_in(route, url.hostname)
        elif request.resource_type in _NEEDED or is_picture:
            await self._let_through(route)
        else:
            await route.abort()

    def _is_refused(self, url: str) -> bool:
        """Say whether the rules of the page's site keep programs from an address of it."""
        return site_part(url) == self._site and not self._rules.allows(url)

    async def _let_through(self, route: Route) -> None:
        self._left -= 1
        if self._left < 0 or route.request.method not in METHODS:
            self.refused += 1
            await route.abort()
        else:
            await route.continue_()

    async def _refuse_socket(self, socket: WebSocketRoute) -> None:
        self.refused += 1
        await socket.close()


async def _lead_to_stand_in(route: Route, host: str) -> None:
    """Answer in place of a site that has a stand-in: go on without TLS, at the same port."""
    _, _, path, query, _ = urlsplit(route.request.url)
    there = urlunsplit(("http", f"{host}:443", path, query, ""))
    headers = {"Location": there, "Access-Control-Allow-Origin": "*"}
    await route.fulfill(status=307, headers=headers)
