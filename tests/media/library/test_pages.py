"""Pages of the library: what they hold, in which order, and at what cost."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from media.library import LibraryFilter, Sort, chips_of, facet_counts, page_of
from media.library import words as words_module
from media.library.conditions import MAX_EXACT
from media.library.pages import Total
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.media.making import SAVED, make_asset, make_board

pytestmark = pytest.mark.usefixtures("in_scope")


def asked(query: str) -> LibraryFilter:
    return LibraryFilter.parse(QueryDict(query))


def titles(query: str, **how: object) -> list[str]:
    return [card.title for card in page_of(asked(query), **how).items]  # type: ignore[arg-type]


class TestOrder:
    @pytest.mark.parametrize(
        "sort", [Sort.NEWEST, Sort.OLDEST, Sort.IMPORTED, Sort.TITLE, Sort.BEST]
    )
    def test_pages_repeat_nothing_and_leave_nothing_out(self, org: Organization, sort: str) -> None:
        # Equal in every column that an order looks at but the key.
        made = [make_asset(org, "Chair").pk for _ in range(7)]
        query = "q=chair" if sort == "best" else ""

        found, cursor = [], ""
        for _ in range(4):
            page = page_of(asked(query), sort=Sort(sort), cursor=cursor, count=2)
            found += [card.id for card in page.items]
            cursor = page.next_cursor

        assert cursor == ""
        assert sorted(found) == sorted(made)

    def test_newest_saved_comes_first_and_what_has_no_date_by_its_import(
        self, org: Organization
    ) -> None:
        make_asset(org, "old", saved_at=SAVED)
        make_asset(org, "new", saved_at=SAVED + dt.timedelta(days=1))
        make_asset(org, "undated", saved_at=None)

        assert titles("") == ["undated", "new", "old"]
        assert titles("", sort=Sort.OLDEST) == ["old", "new", "undated"]

    def test_titles_are_sorted_without_case_and_accents_and_untitled_last(
        self, org: Organization
    ) -> None:
        for title in ("zebra", "", "Éclair", "apple", "eagle"):
            make_asset(org, title)

        assert titles("", sort=Sort.TITLE) == ["apple", "eagle", "Éclair", "zebra", ""]

    def test_the_best_match_has_the_word_in_its_title(self, org: Organization) -> None:
        make_asset(org, "A table", source_text="with a chair")
        make_asset(org, "Chair")

        assert titles("q=chair") == ["Chair", "A table"]

    def test_a_board_keeps_its_order(self, org: Organization) -> None:
        board = make_board(org, "Kitchen")
        for position, title in enumerate(("second", "first")):
            asset = make_asset(org, title, boards=(board,))
            asset.board_items.update(position=1 - position)

        assert titles(f"board={board.pk}") == ["first", "second"]

    def test_one_answer_leads_back_to_a_card(self, org: Organization) -> None:
        for number in range(5):
            make_asset(org, f"Asset {number}")
        third = page_of(asked(""), count=3).items[-1]

        page = page_of(asked(""), until=third.cursor.encode())

        assert [card.id for card in page.items][-1] == third.id
        assert len(page.items) == 3
        assert len(page_of(asked(""), cursor=page.next_cursor).items) == 2

    @pytest.mark.parametrize("cursor", ["x", "W10", "WyJ0aXRsZSJd", "a" * 2_000, "W" * 900])
    def test_a_cursor_that_is_none_starts_over(self, org: Organization, cursor: str) -> None:
        make_asset(org, "Chair")

        assert titles("", cursor=cursor) == ["Chair"]


class TestFilters:
    def test_each_filter_keeps_what_it_names(self, org: Organization) -> None:
        board, other = make_board(org, "Kitchen"), make_board(org, "Garden")
        wanted = make_asset(
            org, "Chair", boards=(board,), tags=("oak", "old"), pictures=1, color_name="red",
            source="facebook", kind="reel", saved_at=dt.datetime(2024, 12, 31, 23, tzinfo=dt.UTC),
        )  # fmt: skip
        make_asset(org, "Table", boards=(other,), tags=("oak",), color_name="blue")
        tags = "".join(f"&tag={tag.tag_id}" for tag in wanted.asset_tags.all())

        for query in (
            "source=facebook", f"board={board.pk}", tags, "color=red&color=green", "picture=with",
            "media_status=image", "kind=reel", "year=2024", "until=2024-12-31", "q=chair",
            "since=2024-12-31&until=2024-12-31",
        ):  # fmt: skip
            assert titles(query) == ["Chair"], query
            assert str(page_of(asked(query)).total) == "1", query
        assert titles("picture=without") == ["Table"]
        assert titles("since=2025-01-01") == ["Table"]
        assert titles("color=red&color=blue") == ["Table", "Chair"]

    @pytest.mark.parametrize(
        "query",
        [
            "board=kitchen",
            "board=0197a3b2-0000-7000-8000-000000000001",
            "tag=1",
            "source=myspace",
            "color=mauve",
            "year=99999999",
            "year=x",
            "kind=zzz",
            "media_status=x",
            "q=%00",
            "until=9999-12-31&q=zz",
        ],
    )
    def test_what_nobody_knows_finds_nothing_and_can_be_taken_off(
        self, org: Organization, query: str
    ) -> None:
        make_asset(org, "Chair")

        page = page_of(asked(query))

        if not asked(query).is_empty:
            assert (page.items, page.total and page.total.count) == ([], 0)
        for chip in chips_of(asked(query)):
            assert chip.label
            assert chip.querystring == "" or chip.key in ("until", "q")

    def test_another_organizations_board_is_one_that_is_not_here(
        self, org: Organization, other_org: Organization
    ) -> None:
        theirs = make_board(other_org, "Secret plans")
        make_asset(other_org, "Theirs", boards=(theirs,))

        page = page_of(asked(f"board={theirs.pk}"))

        assert page.items == []
        assert [chip.label for chip in chips_of(asked(f"board={theirs.pk}"))] == [
            "A board that is not here"
        ]

    def test_a_filter_survives_its_address(self) -> None:
        query = (
            "q=oak+chair&source=web&board=b&tag=1&tag=2&color=red&color=blue&picture=with"
            "&media_status=image&kind=pin&year=2024&since=2024-01-01&until=2024-12-31&trash=1"
        )

        assert asked(query).querystring() == query

    def test_the_trash_is_apart(self, org: Organization) -> None:
        make_asset(org, "here")
        make_asset(org, "gone", removed_at=SAVED)

        assert titles("") == ["here"]
        assert titles("trash=1") == ["gone"]
        assert titles("trash=1&q=gone") == ["gone"]


class TestWords:
    @pytest.mark.parametrize(
        ("title", "query"),
        [
            ("Küche in Grün", "kuche"),
            ("Küche in Grün", "KÜCHE grün"),
            ("Straße", "strasse"),
            ("café crème", "cafe creme"),
            ("東京タワーの夜景", "東京タワー"),
            ("東京タワーの夜景", "夜景"),
            ("مطبخ حديث", "مطبخ"),
            ("Кухня", "кух"),
            ("ห้องครัว", "ห้องครัว"),
            ("Mid-century chair", "mid-cent"),
            ("Oak chair, old", '"oak chair"'),
        ],
    )
    def test_they_find_every_language(self, org: Organization, title: str, query: str) -> None:
        make_asset(org, title)
        make_asset(org, "something else")

        found = page_of(LibraryFilter(q=query))

        assert [card.title for card in found.items] == [title]
        assert found.total is not None
        assert found.total.count == 1

    def test_a_phrase_is_exact_and_all_words_must_occur(self, org: Organization) -> None:
        make_asset(org, "chair of oak")

        assert titles('q="oak+chair"') == []
        assert titles("q=oak+table") == []
        assert titles("q=oak+chair") == ["chair of oak"]

    @pytest.mark.parametrize("query", ["'", "&|!():*<->", '"', "\\", "%", "a'b & c"])
    def test_signs_are_no_syntax(self, org: Organization, query: str) -> None:
        make_asset(org, "Chair")

        assert page_of(LibraryFilter(q=query)).items == []

    @pytest.mark.parametrize("sort", [Sort.BEST, Sort.NEWEST])
    def test_the_total_is_of_all_pages_and_without_the_trash(
        self, org: Organization, sort: Sort
    ) -> None:
        for _ in range(5):
            make_asset(org, "chair")
        make_asset(org, "chair", removed_at=SAVED)

        first = page_of(asked("q=chair"), sort=sort, count=2)
        second = page_of(asked("q=chair"), cursor=first.next_cursor, count=2)
        again = page_of(asked("q=chair"), until=first.items[-1].cursor.encode())

        assert first.total == again.total == Total(5)
        assert second.total is None

    def test_another_organizations_words_are_not_counted(
        self, org: Organization, other_org: Organization
    ) -> None:
        make_asset(other_org, "chair")
        make_asset(org, "chair")

        page = page_of(LibraryFilter(q="chair"))

        assert page.total is not None
        assert (len(page.items), page.total.count) == (1, 1)

    def test_a_common_word_gives_the_same_answer_by_the_other_way(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        board = make_board(org, "Kitchen")
        for number in range(6):
            make_asset(org, f"chair {number}", boards=(board,) if number % 2 else (), tags=("oak",))
        make_asset(org, "table", boards=(board,))
        make_asset(org, "chair gone", removed_at=SAVED, boards=(board,), tags=("oak",))
        query = f"q=chair&board={board.pk}"
        rare = titles(query, sort=Sort.NEWEST), facet_counts(asked(query))

        monkeypatch.setattr(words_module, "MAX_EXACT", 2)
        common = titles(query), facet_counts(asked(query))

        assert common == rare
        total = page_of(asked("q=chair")).total
        assert total is not None
        assert str(total) == f"{MAX_EXACT:,}+"


class TestCost:
    @pytest.mark.parametrize("query", ["", "q=chair", "q=chair&color=red", "trash=1"])
    def test_a_page_takes_as_many_queries_for_three_as_for_one(
        self, org: Organization, query: str
    ) -> None:
        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                page_of(asked(query))
                facet_counts(asked(query))
            return len(captured)

        board = make_board(org, "Kitchen")
        make_asset(org, "chair", pictures=2, color_name="red", boards=(board,), tags=("oak",))
        one = count()
        make_asset(org, "chair", pictures=3)
        make_asset(org, "chair two", boards=(board,))

        assert count() == one <= 7


def test_cards_say_what_the_picture_is(org: Organization) -> None:
    make_asset(org, "Chair", pictures=2)

    (card,) = page_of(asked("")).items

    assert (card.width_px, card.height_px) == (341, 512)
    assert (card.state, card.alt, card.picture_count, card.missing_count) == (
        "ready", "Chair", 2, 0,
    )  # fmt: skip
    assert card.thumb_version


def test_nothing_is_read_without_its_own_organization(
    org: Organization, other_org: Organization
) -> None:
    make_asset(org, "ours")
    theirs = make_asset(other_org, "theirs")

    with org_scope(other_org.pk):
        cards = page_of(asked("")).items
        assert list(Asset.objects.all()) == [theirs]

    assert [card.title for card in cards] == ["theirs"]
