"""What the connector reads: paging, pins of every kind, failures, tokens, over loopback."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from connectors.base import SyncMode, SyncPage
from connectors.errors import FetchError, ReconnectError, RightsMissingError
from connectors.guard import Answer
from connectors.items import MediaKind, MediaStatus, SavedItem
from connectors.pinterest_api.client import PinterestAPI, api_client
from connectors.pinterest_api.connector import Pinterest, read_account
from connectors.pinterest_api.limits import read_limit
from connectors.pinterest_api.paging import MAX_RESTARTS
from tests.connectors.memory import MemoryState, read_all
from tests.pinterest_api.access import FakeAccess, serving
from tests.pinterest_api.fake import FakePinterest, Reply, failure


class Small(Pinterest):
    page_size = 4


@pytest.fixture
def fake() -> FakePinterest:
    return FakePinterest()


def items_of(pages: list[SyncPage]) -> list[SavedItem]:
    return [item for page in pages for item in page.items]


def read(fake: FakePinterest, state: MemoryState | None = None) -> list[SyncPage]:
    return read_all(Small(), FakeAccess(fake), state or MemoryState())


def ask(fake: FakePinterest, access: FakeAccess | None = None) -> dict[str, Any]:
    return asyncio.run(PinterestAPI(access or FakeAccess(fake)).get("/boards", page_size=25))


class TestPaging:
    def test_every_pin_comes_once_over_loopback(self, fake: FakePinterest, settings: Any) -> None:
        boards = [fake.add_board(f"Board {number}", pins=number * 3) for number in range(6)]
        fake.empty.add(f"/boards/{boards[3].board_id}/pins")

        async def scenario(access: FakeAccess) -> list[str]:
            async with api_client() as client:
                access.client = client
                assert (await read_account(access)).name == "exampleuser"
                pages = [page async for page in Small().pages(access, MemoryState())]
            return [item.ref for item in items_of(pages)]

        with serving(fake) as port:
            settings.FETCH_HOST_MAP = {"api.pinterest.com": f"127.0.0.1:{port}"}
            refs = asyncio.run(scenario(FakeAccess(fake)))

        assert len(refs) == len(set(refs)) == sum(number * 3 for number in range(6))
        # Two pages of boards; a board without pins is not asked for any.
        assert fake.asked[1].startswith("GET /v5/boards?page_size=4")
        assert len(fake.asked) == 1 + 2 + (1 + 2 + 3 + 1 + 3 + 4)

    def test_a_refused_bookmark_begins_the_board_anew(self, fake: FakePinterest) -> None:
        board = fake.add_board("Long", pins=11)
        fake.before = lambda path: (
            fake.forget_bookmarks() if path.endswith("/pins") and len(fake.asked) == 3 else None
        )

        pages = read(fake)

        assert {item.ref for item in items_of(pages)} == {f"pin:{one}" for one in board.pins}
        assert len(items_of(pages)) == 4 + 11

    def test_bookmarks_that_are_always_refused_end_the_run(self, fake: FakePinterest) -> None:
        fake.add_board("Long", pins=11)
        fake.before = lambda path: fake.forget_bookmarks()

        with pytest.raises(FetchError) as caught:
            read(fake)

        assert caught.value.fetch_code == "bad_response"
        assert len(fake.asked) == 1 + 2 * (MAX_RESTARTS + 1)

    def test_a_bookmark_that_comes_again_ends_the_board_and_proves_nothing(
        self, fake: FakePinterest
    ) -> None:
        board = fake.add_board("Stuck", pins=11)
        fake.stuck.add(f"/boards/{board.board_id}/pins")

        pages = read(fake, MemoryState(mode=SyncMode.SWEEP))

        assert len(fake.asked) == 3
        (finished,) = [one for page in pages for one in page.finished]
        assert (finished.board, finished.spared) == ("", (f"board:{board.board_id}",))


class TestMapping:
    def test_pins_of_every_kind_are_read_as_an_import_reads_them(self, fake: FakePinterest) -> None:
        board = fake.add_board("Kitchens", pins=20, privacy="SECRET")
        in_section = board.pins[0]
        fake.add_section(board, "Tiles", in_section)

        pages = read(fake)
        items = {int(item.ref.removeprefix("pin:")): item for item in items_of(pages)}
        by_kind = {number % 10: item for number, item in items.items()}

        assert by_kind[0].saved_at == dt.datetime(2024, 6, 30, 4, 54, 4, tzinfo=dt.UTC)
        assert by_kind[0].dominant_color == "#f6f6f0"
        (picture,) = by_kind[0].media
        assert picture.url.startswith("https://i.pinimg.com/originals/")
        assert any("/1200x/" in url for url in picture.fallbacks)
        (cover,) = by_kind[1].media
        assert (cover.kind, cover.duration_ms, by_kind[1].kind) == (
            MediaKind.VIDEO,
            14166,
            "video",
        )
        assert (len(by_kind[2].media), by_kind[2].media[0].alt_text) == (2, "Slide")
        assert [one.kind for one in by_kind[3].media] == [MediaKind.IMAGE, MediaKind.VIDEO]
        assert [one.kind for one in by_kind[4].media] == [MediaKind.VIDEO]
        assert by_kind[5].media == ()
        has_link = by_kind[5].link_url != ""
        assert by_kind[5].media_status == (
            MediaStatus.LINK_ONLY if has_link else MediaStatus.METADATA_ONLY
        )
        (ref,) = items[in_section].boards
        assert (ref.key, ref.name, ref.section) == (
            f"board:{board.board_id}",
            "Kitchens",
            "Tiles",
        )
        assert ref.is_secret
        assert items[in_section].is_secret
        assert b"exampleuser" in items[in_section].raw
        assert b"Kitchens" not in items[in_section].raw

    def test_what_is_no_pin_is_accounted_for(self, fake: FakePinterest) -> None:
        board = fake.add_board("Odd", pins=2)
        fake.edit(board.pins[0], id=None)
        fake.edit(board.pins[1], title="Half \ud83d of\0 a sign", media="new", board_section_id=7)

        (page,) = [page for page in read(fake) if page.raw_count]

        assert [item.title for item in page.items] == ["Half  of a sign"]
        assert [one.index for one in page.rejections] == [1]

    def test_sections_are_asked_for_once(self, fake: FakePinterest) -> None:
        board = fake.add_board("Kitchens", pins=10)
        fake.add_section(board, "Tiles", *board.pins[:6])
        state = MemoryState()
        read(fake, state)
        new = fake.save(board)
        fake.in_section[new[0]] = next(iter(board.sections))
        fake.asked.clear()

        pages = read(fake, state)

        assert not [line for line in fake.asked if "/sections" in line]
        assert items_of(pages)[0].boards[0].section == "Tiles"


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (failure(400), "request_refused"),
            (failure(403), "forbidden"),
            (failure(403, code=7), "forbidden"),
            (failure(404, code=50), "not_found"),
            (failure(409), "source_unavailable"),
            (failure(500), "source_unavailable"),
            (Reply(503, b"<html>Later</html>"), "source_unavailable"),
            (Reply(200, b"<html>Log in</html>"), "bad_response"),
            (Reply(302, b""), "bad_response"),
        ],
    )
    def test_each_answer_has_its_code(self, fake: FakePinterest, reply: Reply, code: str) -> None:
        fake.troubles = [reply]

        with pytest.raises(FetchError) as caught:
            ask(fake)

        assert caught.value.fetch_code == code

    def test_a_token_that_ran_out_is_refreshed_once(self, fake: FakePinterest) -> None:
        fake.seconds += 2_592_000

        assert ask(fake)["items"] == []
        assert [line.split("?")[0] for line in fake.asked] == [
            "GET /v5/boards",
            "POST /v5/oauth/token",
            "GET /v5/boards",
        ]

    def test_who_is_refused_with_a_fresh_token_has_to_reconnect(self, fake: FakePinterest) -> None:
        fake.troubles = [failure(401), Reply(200, {"access_token": "a", "refresh_token": "b"})]
        with pytest.raises(ReconnectError):
            ask(fake)
        fake.revoke()
        with pytest.raises(ReconnectError):
            ask(fake)

    def test_a_missing_right_is_told_without_a_refresh(self, fake: FakePinterest) -> None:
        fake.scopes = {"user_accounts:read"}

        with pytest.raises(RightsMissingError):
            ask(fake)

        assert len(fake.asked) == 1

    def test_who_asks_too_often_rests_as_long_as_is_said(self, fake: FakePinterest) -> None:
        access = FakeAccess(fake)
        fake.troubles = [
            failure(429, Retry_After="7"),
            failure(429, x_userendpoint_ratelimit_reset_seconds="12"),
            failure(429),
        ]
        for _ in range(3):
            with pytest.raises(FetchError) as caught:
                ask(fake, access)
            assert caught.value.fetch_code == "rate_limited"
            assert caught.value.retry_after_s == (access.rests[-1] or 60)

        fake.limit = {
            "X-UserEndpoint-RateLimit-Remaining": "0",
            "x-userendpoint-ratelimit-reset-seconds": "30",
        }
        ask(fake, access)

        assert access.rests == [7, 12, None, 30]

    def test_a_board_that_may_not_be_read_is_passed_over(self, fake: FakePinterest) -> None:
        shut, other = fake.add_board("Shut", pins=3), fake.add_board("Open", pins=3)
        fake.before = lambda path: (
            fake.troubles.append(failure(403)) if path == f"/boards/{shut.board_id}/pins" else None
        )

        pages = read(fake, MemoryState(mode=SyncMode.SWEEP))

        (skipped,) = [one for page in pages for one in page.skipped]
        assert (skipped.name, skipped.code) == ("Shut", "forbidden")
        assert len(items_of(pages)) == 3
        assert [(one.board, one.spared) for page in pages for one in page.finished] == [
            (f"board:{other.board_id}", ()),
            ("", (f"board:{shut.board_id}",)),
        ]


HEADERS: list[tuple[dict[str, str], int | None, float | None]] = [
    ({}, None, None),
    ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1700000060"}, 3, 60),
    ({"x-ratelimit-remaining": "0", "x-userendpoint-ratelimit-reset-seconds": "9.5"}, 0, 9.5),
    ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "-4"}, None, None),
    ({"x-ratelimit-reset": "99999999", "retry-after": "junk"}, None, 86_400),
    ({"x-ratelimit-reset": "5", "retry-after": "120"}, None, 120),
]


@pytest.mark.parametrize(("sent", "remaining", "wait_s"), HEADERS)
def test_headers_are_read_whatever_they_hold(
    sent: dict[str, str], remaining: int | None, wait_s: float | None
) -> None:
    found = read_limit(Answer(429, "", sent), now=1_700_000_000)

    assert (found.remaining, found.wait_s) == (remaining, wait_s)
