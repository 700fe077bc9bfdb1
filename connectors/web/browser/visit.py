"""One page: opened, scrolled down, let come to rest, and taken down as it is then."""

import asyncio
import contextlib
import time
from typing import Any, Final
from urllib.parse import urldefrag

from playwright.async_api import Error, Frame, Page, Request, Response

from connectors.web.browser.orders import Order
from connectors.web.browser.quiet import Quiet

Answer = tuple[dict[str, Any], bytes]

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
# How the proxy marks an answer as its own.
_OWN_ANSWER: Final = "proxy-status"
_ERROR_PAGE: Final = "chrome-error:"
_GIVEN_UP: Final = "net::ERR_ABORTED"
_FAILURES: Final = 400
_ATTEMPTS: Final = 3
# One screen down; says whether there is more below.
_SCROLL: Final = """() => {
  const root = document.scrollingElement || document.documentElement;
  if (!root) return false;
  root.scrollBy({top: innerHeight * 0.9, behavior: "instant"});
  return root.scrollTop + innerHeight < root.scrollHeight - 2;
}"""
# Shadow roots are not part of the HTML of a page: what they hold moves to where it is shown.
_TAKE: Final = """(most) => {
  const open = (root) => {
    for (const host of root.querySelectorAll("*")) {
      if (!host.shadowRoot) continue;
      open(host.shadowRoot);
      host.prepend(...host.shadowRoot.childNodes);
    }
  };
  const type = document.contentType;
  open(document);
  const html = document.documentElement ? document.documentElement.outerHTML : "";
  return html.length > most ? [type, null] : [type, html];
}"""


class Visit:
    """What happens between an address and its finished page.

    ``run`` answers with one of: ``url`` of a finished page and its bytes; ``failed`` and what the
    browser said, with the address that it had ``asked`` for last; ``status`` of a site that does
    not give the page; ``unsupported`` for what is no HTML; ``too_large``.
    """

    def __init__(self, page: Page, order: Order, quiet: Quiet, until: float) -> None:
        self._page, self._order = page, order
        self._quiet, self._until = quiet, until
        self._asked = order.url
        self._answer: Response | None = None
        self._document: Response | None = None
        self._broken = ""
        self._is_read = asyncio.Event()
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_failure)
        page.on("framenavigated", self._on_arrival)
        page.on("domcontentloaded", self._on_read)

    async def run(self) -> Answer:
        """Open the page and return what came of it."""
        try:
            await self._page.goto(self._order.url, wait_until="commit", timeout=self._left_s * 1000)
        except Error as exc:
            return self._flaw(self._answer) or self._failed(exc.message), b""
        if flaw := self._flaw(self._document):
            return flaw, b""
        await self._settle()
        return await self._take()

    @property
    def _left_s(self) -> float:
        return max(self._until - time.monotonic(), 0.001)

    def _on_request(self, request: Request) -> None:
        if self._is_for_page(request):
            self._asked = request.url

    def _on_response(self, response: Response) -> None:
        if self._is_for_page(response.request):
            self._answer = response

    def _on_failure(self, request: Request) -> None:
        # An address that is given up for another, or that is a download, leaves the page as it is.
        failure = request.failure or ""
        is_page = self._is_for_page(request) and request.url == self._asked
        if is_page and _GIVEN_UP not in failure:
            self._broken = failure or "It broke off."
            self._is_read.set()

    def _on_arrival(self, frame: Frame) -> None:
        """Take the last answer for the page, once the page is there; it may have been no page."""
        answer = self._answer
        if frame != self._page.main_frame or answer is None or answer == self._document:
            return
        if urldefrag(answer.url)[0] == urldefrag(frame.url)[0]:
            self._document, self._broken = answer, ""
            self._is_read.clear()

    def _on_read(self, page: Page) -> None:
        self._is_read.set()

    def _is_for_page(self, request: Request) -> bool:
        return request.is_navigation_request() and request.frame == self._page.main_frame

    def _flaw(self, answer: Response | None) -> dict[str, Any] | None:
        """Return why an answer is not the page, None where it is, or where there is none."""
        if answer is None:
            return None
        if self._broken:
            return self._failed(self._broken)
        status, headers = answer.status, answer.headers
        if _OWN_ANSWER in headers:
            return self._failed(f"The proxy answered {status}.")
        if status >= _FAILURES:
            return {"status": status, "retry_after": headers.get("retry-after", "")}
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_redirect = 300 <= status < _FAILURES  # noqa: PLR2004  # the class of statuses
        if media_type and media_type not in _HTML and not is_redirect:
            return {"unsupported": media_type}
        return None

    def _failed(self, message: str) -> dict[str, Any]:
        return {"failed": message, "asked": self._asked}

    async def _settle(self) -> None:
        """Go down the page, so that what loads when it is seen is loaded; then wait for rest."""
        try:
            await self._read()
            await self._rest(0.4, at_most_s=8)
            for _ in range(self._order.max_scrolls):
                if self._until <= time.monotonic() or not await self._scroll():
                    break
            await self._rest(0.5, at_most_s=5)
        except Error:
            # It went to another address under our hands, and gets the time that is left there.
            await self._rest(0.5, at_most_s=5)

    async def _read(self) -> None:
        """Wait for the end of the document: what its scripts hold up is taken as it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._left_s):
                await self._is_read.wait()

    async def _scroll(self) -> bool:
        """Go down one screen; return whether there is more below."""
        for for_s in (0.12, 0.3):
            is_more = bool(await self._page.evaluate(_SCROLL))
            await self._rest(for_s, at_most_s=2)
            if is_more:
                return True
        # At the end twice, with time in between for the page to grow.
        return False

    async def _rest(self, for_s: float, *, at_most_s: float) -> None:
        await self._quiet.wait(for_s, at_most_s=min(at_most_s, self._left_s))

    async def _take(self) -> Answer:
        for attempt in range(_ATTEMPTS):
            try:
                media_type, html = await self._page.evaluate(_TAKE, self._order.max_html_bytes)
                break
            except Error as exc:
                if attempt == _ATTEMPTS - 1:
                    return self._failed(exc.message), b""
                await self._rest(0.3, at_most_s=2)
        else:
            return self._failed("The page never stood still."), b""
        return self._understand(media_type, html)

    def _understand(self, media_type: str, html: str | None) -> Answer:
        if self._page.url.startswith(_ERROR_PAGE):
            return self._failed("The page went where nothing is."), b""
        if flaw := self._flaw(self._document):
            return flaw, b""
        if media_type not in _HTML:
            return {"unsupported": media_type}, b""
        content = f"<!DOCTYPE html>{html or ''}".encode("utf-8", "replace")
        if html is None or len(content) > self._order.max_html_bytes:
            return {"too_large": True}, b""
        return {"url": self._page.url}, content
