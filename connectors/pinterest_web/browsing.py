"""A session, as a browser is given one that opens the site once."""

import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from django.conf import settings

from connectors.errors import FetchError
from connectors.guard.exchange import MAX_HEADER_CHARS
from connectors.pinterest_web.details import SESSION_REFUSED, SessionHeaders
from connectors.web.browser import RenderedPage, render_page
from connectors.web.browser.rendering import limits_from_settings
from connectors.web.browser.values import Cookie

# Used no longer, whatever its cookies say.
LIFE_S: Final = 600.0
CSRF: Final = "csrftoken"
# A session that ends sooner is none: each few requests would want a browser of their own.
LEAST_LIFE_S: Final = 30.0
# Those that the session ends with.
_OF_SESSION: Final = frozenset({CSRF, "_pinterest_sess", "_auth"})
_SAFE: Final = re.compile(r"[\x21-\x3a\x3c-\x7e]*\Z")
_VERSION: Final = re.compile(rb'"app_?[vV]ersion"\s*:\s*"([0-9A-Za-z._-]{1,64})"')


def browse(*, user_agent: str, robots: str, should_stop: Callable[[], bool]) -> SessionHeaders:
    """Open the site in a browser, and return the session that it gives.

    Args:
        user_agent: how we name ourselves, behind the browser's own words.
        robots: rules of the site, which hold for all that its page asks for.
        should_stop: asked several times a second; once it is True, the browser is killed.

    Raises:
        FetchError: the site does not give its page, or no session with it.
        RenderError, BrowserMissingError: it cannot be opened.
    """
    limits = replace(limits_from_settings(), max_scrolls=0)
    page = render_page(
        f"{settings.PINTEREST_WEB_URL}/",
        limits=limits,
        should_stop=should_stop,
        robots=robots,
        user_agent=user_agent,
        with_cookies=True,
    )
    return session_of(page, now=time.time())


def session_of(page: RenderedPage, *, now: float) -> SessionHeaders:
    """Return the session that a page gave.

    Raises:
        FetchError: ``session_refused``; it gave none, or one that ends at once.
    """
    cookies = [cookie for cookie in page.cookies if _SAFE.match(cookie.name + cookie.value)]
    token = next((cookie.value for cookie in cookies if cookie.name == CSRF), "")
    ends = [one.expires_at for one in cookies if one.name in _OF_SESSION and one.expires_at]
    expires_at = min([now + LIFE_S, *ends])
    if not token or expires_at < now + LEAST_LIFE_S:
        raise FetchError(
            "Pinterest gave us no session to ask with; we try again.", fetch_code=SESSION_REFUSED
        )
    version = _VERSION.search(page.content)
    return SessionHeaders(
        version=uuid.uuid4().hex,
        cookies=_header_of(cookies),
        csrf_token=token,
        user_agent=page.user_agent,
        expires_at=expires_at,
        app_version=version[1].decode() if version else "",
    )


def _header_of(cookies: Iterable[Cookie]) -> str:
    """Return as many cookies as fit a header: those of the session before those of the page."""
    header = ""
    for cookie in sorted(cookies, key=lambda one: one.name not in _OF_SESSION):
        longer = f"{header}; {cookie.name}={cookie.value}".removeprefix("; ")
        header = longer if len(longer) <= MAX_HEADER_CHARS else header
    return header
