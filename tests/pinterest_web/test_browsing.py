"""The session that is made of what a page of the site gave to a browser."""

import pytest

from connectors.errors import FetchError
from connectors.guard.exchange import MAX_HEADER_CHARS, session_headers
from connectors.pinterest_web.asking import headers_of
from connectors.pinterest_web.browsing import LIFE_S, session_of
from connectors.web.browser import RenderedPage
from connectors.web.browser.values import Cookie

NOW = 1_800_000_000.0
TOKEN = Cookie("csrftoken", "hush-token", None)


def page(*cookies: Cookie) -> RenderedPage:
    return RenderedPage("https://www.pinterest.com/", b"", 0, cookies, "Mozilla/5.0")


def test_it_ends_with_the_first_cookie_that_it_needs() -> None:
    ends = Cookie("_auth", "1", NOW + 90)
    other = Cookie("seen", "1", NOW + 40)

    assert session_of(page(TOKEN, ends, other), now=NOW).expires_at == NOW + 90
    assert session_of(page(TOKEN), now=NOW).expires_at == NOW + LIFE_S


@pytest.mark.parametrize("cookie", [Cookie("csrftoken", "hush-token", NOW + 1), TOKEN])
def test_one_that_ends_at_once_is_none_for_a_browser_would_follow_the_other(
    cookie: Cookie,
) -> None:
    with pytest.raises(FetchError) as caught:
        session_of(page(cookie, Cookie("_auth", "1", NOW + 5)), now=NOW)

    assert caught.value.fetch_code == "session_refused"


def test_of_more_cookies_than_fit_a_header_those_of_the_session_are_kept() -> None:
    many = [Cookie(f"seen{number}", "x" * 900, None) for number in range(9)]

    session = session_of(page(*many, TOKEN), now=NOW)

    assert session.cookies.startswith("csrftoken=hush-token; seen0=")
    assert 3_000 < len(session.cookies) <= MAX_HEADER_CHARS
    assert session_headers(headers_of(session, "1", base="https://www.pinterest.com"))
