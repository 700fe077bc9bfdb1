"""Asking a site for a page: its rules first, one at a time, and never more than it may cost."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.errors import AddressRefusedError, FetchError, PageError, RobotsRefusedError
from connectors.web import robots
from connectors.web.fetching import PageLimits, fetch_page
from connectors.web.manners import KeptRobots
from connectors.web.rules import MAX_PAUSE_S, Robots
from connectors.web.values import FoundPage, PageKind
from tests.connectors.guard.support import URL, answer, by_target, client_of

AGENT = "Magpie/0.1 (+https://example.org/about)"
SITE = URL.rstrip("/")
HTML = [("Content-Type", "text/html")]


@dataclass
class KeptManners:
    """Manners of one test: gives every turn at once, and writes down how sites may rest."""

    kept: dict[str, KeptRobots] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)
    turns: list[str] = field(default_factory=list)
    at_once: int = 0

    @asynccontextmanager
    async def turn(
        self, site: str, *, at_most_s: float, wait_s: float
    ) -> AsyncGenerator["KeptTurn"]:
        self.turns.append(site)
        yield KeptTurn(self, site)

    async def robots(self, site: str) -> KeptRobots | None:
        return self.kept.get(site)

    async def keep_robots(self, site: str, text: str) -> None:
        self.kept[site] = KeptRobots(text, 0.0)


@dataclass
class KeptTurn:
    manners: KeptManners
    site: str

    def rest(self, pause_s: float) -> None:
        self.manners.rests[self.site] = max(self.manners.rests.get(self.site, 0.0), pause_s)


def fetch(
    answers: Mapping[str, bytes],
    path: str = "",
    *,
    manners: KeptManners | None = None,
    **limits: Any,
) -> FoundPage:
    """Fetch a page of a server that answers by path."""

    async def scenario() -> FoundPage:
        async with client_of(by_target(answers)) as client:
            return await fetch_page(
                client,
                URL + path,
                manners=manners or KeptManners(),
                limits=PageLimits(user_agent=AGENT, **limits),
            )

    return asyncio.run(scenario())


def page(markup: str = "<img src=a.jpg>") -> bytes:
    return answer(markup.encode(), headers=HTML)


def rules(text: str) -> bytes:
    return answer(text.encode(), headers=[("Content-Type", "text/plain")])


class TestFetchPage:
    def test_brings_the_pictures_of_the_page_that_answered(self) -> None:
        answers = {
            "/old": answer(status="301 Moved", headers=[("Location", "/new/")]),
            "/new/": page(),
        }

        found = fetch(answers, "old")

        assert (found.url, [one.url for one in found.pictures]) == (
            f"{SITE}/new/",
            [f"{SITE}/new/a.jpg"],
        )

    def test_passes_on_how_long_the_site_wants_to_rest(self) -> None:
        manners = KeptManners()
        busy = answer(status="503 Busy", headers=[("Retry-After", "120")])

        with pytest.raises(FetchError) as caught:
            fetch({"/": busy}, manners=manners)

        assert (caught.value.fetch_code, caught.value.retry_after_s) == ("source_unavailable", 120)
        assert manners.rests == {SITE: 120}

    @pytest.mark.parametrize(
        ("path", "answers", "error"),
        [
            ("a.zip", {"/a.zip": answer(b"PK")}, PageError),
            ("r", {"/r": answer(status="302 x", headers=[("Location", "http://10.0.0.1/")])},
             AddressRefusedError),
            ("big", {"/big": answer(b"<p>" * 99)}, FetchError),
        ],
    )  # fmt: skip
    def test_refuses_what_it_cannot_use(
        self, path: str, answers: dict[str, bytes], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            fetch(answers, path, max_bytes=200)


class TestRules:
    def test_are_asked_before_the_page_and_kept(self) -> None:
        manners = KeptManners()
        answers = {"/robots.txt": rules("User-agent: *\nDisallow: /no\nCrawl-delay: 7")}

        with pytest.raises(RobotsRefusedError):
            fetch(answers, "no/1", manners=manners)
        # It is not there any more, and is not asked for either.
        with pytest.raises(RobotsRefusedError):
            fetch({"/no/2": page()}, "no/2", manners=manners)
        assert fetch({"/yes": page()}, "yes", manners=manners).pictures

        assert manners.rests == {SITE: 7}
        assert manners.turns == [SITE] * 3

    def test_are_read_up_to_a_limit(self) -> None:
        text = "User-agent: *\nDisallow: /no\n" + "# long\n" * 100_000 + "Disallow: /far"
        answers = {"/robots.txt": rules(text), "/far": page()}

        with pytest.raises(RobotsRefusedError):
            fetch(answers, "no")
        assert fetch(answers, "far").pictures

    def test_need_not_come_to_their_end_beyond_the_limit(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(robots, "_DEADLINE_S", 1.0)
        text = "User-agent: *\nDisallow: /no\n" + "# long\n" * 100_000
        answers = {"/robots.txt": rules(text)[:-1]}

        with pytest.raises(RobotsRefusedError):
            fetch(answers, "no")

    @pytest.mark.parametrize(
        "status", ["404 Not Found", "401 Unauthorized", "410 Gone", "204 No Content"]
    )
    def test_that_nobody_may_see_allow_all(self, status: str) -> None:
        assert fetch({"/": page(), "/robots.txt": answer(status=status)}).pictures

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("500 Broken", "robots_unavailable"),
            ("503 Busy", "robots_unavailable"),
            ("429 Slow", "rate_limited"),
        ],
    )
    def test_that_cannot_be_had_at_the_moment_allow_nothing_for_now(
        self, status: str, code: str
    ) -> None:
        answers = {
            "/": page(),
            "/robots.txt": answer(status=status, headers=[("Retry-After", "9")]),
        }

        with pytest.raises(FetchError) as caught:
            fetch(answers)

        assert (caught.value.fetch_code, caught.value.retry_after_s) == (code, 9)

    def test_of_yesterday_count_on_where_there_are_none_of_today(self) -> None:
        manners = KeptManners({SITE: KeptRobots("User-agent: *\nDisallow: /no", 2 * 86400.0)})
        answers = {"/robots.txt": answer(status="500 Broken"), "/yes": page()}

        assert fetch(answers, "yes", manners=manners).pictures
        with pytest.raises(RobotsRefusedError):
            fetch(answers, "no", manners=manners)

    def test_hold_for_where_a_redirect_leads(self) -> None:
        answers = {
            "/": answer(status="302 x", headers=[("Location", "/no")]),
            "/robots.txt": rules("User-agent: magpie\nDisallow: /no"),
            "/no": page(),
        }

        with pytest.raises(RobotsRefusedError):
            fetch(answers)

    def test_are_passed_over_where_the_operator_says_so(self) -> None:
        answers = {"/": page(), "/robots.txt": rules("User-agent: *\nDisallow: /")}

        assert fetch(answers, respects_robots=False).pictures

    @pytest.mark.parametrize(
        ("text", "pause_s"),
        [
            ("User-agent: *\nCrawl-delay: 2.5", 2.5),
            ("User-agent: *\nRequest-rate: 1/10", 10),
            ("User-agent: *\nCrawl-delay: 1e12", MAX_PAUSE_S),
            ("User-agent: *\nCrawl-delay: -5", 0),
            ("User-agent: *\nCrawl-delay: 9\n\nUser-agent: Magpie\nCrawl-delay: 1", 1),
            ("<html>not here</html>", 0),
        ],
    )
    def test_name_the_pace(self, text: str, pause_s: float) -> None:
        assert Robots(text, user_agent=AGENT).pause_s == pause_s


class TestIndexes:
    @staticmethod
    def index(*paths: str) -> bytes:
        listed = "".join(f"<sitemap><loc>/{path}</loc></sitemap>" for path in paths)
        return answer(f"<sitemapindex>{listed}</sitemapindex>".encode())

    @staticmethod
    def sitemap(*names: str) -> bytes:
        space = "http://www.google.com/schemas/sitemap-image/1.1"
        images = "".join(f"<i:image><i:loc>/{name}.jpg</i:loc></i:image>" for name in names)
        return answer(f'<urlset xmlns:i="{space}"><url>{images}</url></urlset>'.encode())

    def test_bring_the_pictures_of_their_sitemaps_two_levels_down(self) -> None:
        answers = {
            "/": self.index("1", "gone", "2"),
            "/1": self.sitemap("a", "b"),
            "/2": self.index("3", "1", ""),
            "/3": self.sitemap("b", "c"),
        }
        manners = KeptManners()

        found = fetch(answers, manners=manners)

        assert found.kind is PageKind.SITEMAP_INDEX
        assert [one.url for one in found.pictures] == [f"{SITE}/{name}.jpg" for name in "abc"]
        assert (found.further, len(manners.turns)) == ((), 5)

    def test_are_read_as_far_as_limits_allow(self) -> None:
        answers = {"/": self.index("1", "2", "3"), "/1": self.sitemap("a"), "/2": self.sitemap("b")}

        found = fetch(answers, max_sitemaps=2)

        assert (len(found.pictures), found.further) == (2, (f"{SITE}/3",))

    def test_say_what_went_wrong_where_none_can_be_read(self) -> None:
        with pytest.raises(FetchError) as caught:
            fetch({"/": self.index("1", "2")})

        assert caught.value.fetch_code == "not_found"
