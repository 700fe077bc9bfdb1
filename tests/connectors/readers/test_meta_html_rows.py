"""Each box of a page of Meta's downloads has one outcome: whole, empty, nested or cut."""

import pytest

from connectors.errors import CorruptFileError
from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import named, read

DATE = '<footer><div class="_a72d">Jun 0{}, 2025 3:31:29 pm</div></footer>'
PAGE = '<html><body><main role="main">{}</main></body></html>'


def box(title: str, body: str = "", number: int = 1) -> str:
    return (
        f'<section class="_a6-g"><h2 class="_a6-h">{title}</h2><div class="_a6-p">{body}</div>'
        f"{DATE.format(number)}</section>"
    )


def form(*rows: str, title: str = "") -> str:
    heading = f'<h2 class="_3-95 _a6-h">{title}</h2>' if title else ""
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="pam _a6-g uiBoxWhite">{heading}<div class="_3-95 _a6-p">'
        f"<table>{table}</table></div></div>"
    )


def link(code: str, text: str) -> str:
    return f'<a target="_blank" href="https://www.instagram.com/p/{code}/">{text}</a>'


def pages_before_break(page: str, name: str = "your_saved_items.html") -> list[Page]:
    pages: list[Page] = []
    with pytest.raises(CorruptFileError, match="breaks off"):
        pages.extend(open_import([named(page.encode(), name)]).pages())
    return pages


class TestBoxes:
    def test_one_with_only_a_date_is_a_save_as_it_is_in_json(self) -> None:
        page = PAGE.format(box("Ann saved a reel.") + box("", number=2) + box("", number=3))

        result = read(named(page.encode(), "your_saved_items.html"))

        assert [item.saved_at.day for item in result.items if item.saved_at] == [1, 2, 3]
        assert len({item.ref for item in result.items}) == 3

    def test_one_that_holds_nothing_is_reported(self) -> None:
        page = PAGE.format(box("Ann saved a reel.") + '<section class="_a6-g"> </section>')

        result = read(named(page.encode(), "your_saved_items.html"))

        assert (len(result.items), result.reasons) == (1, ["record_invalid"])

    def test_one_around_another_is_no_row(self) -> None:
        page = PAGE.format(f'<div class="_a6-g">{box("Ann saved a reel.")}</div>')

        result = read(named(page.encode(), "your_saved_items.html"))

        assert (result.raw_count, len(result.items)) == (1, 1)

    def test_what_stands_behind_one_is_no_part_of_it(self) -> None:
        page = PAGE.format(box("Ann saved a reel.") + "<div>Next page</div>")

        assert read(named(page.encode(), "your_saved_items.html")).items[0].text == ""


class TestCutBoxes:
    WHOLE = PAGE.format(box("Ann saved a reel.") + box("Ann saved a video from Bo's post.", "Oak"))

    @pytest.mark.parametrize("end", ["a video", "post.</h2>", "Oak", '<footer><div class="_a7'])
    def test_half_a_row_is_reported_and_not_imported(self, end: str) -> None:
        cut = self.WHOLE.rindex(end) + len(end)

        pages = pages_before_break(self.WHOLE[:cut])

        assert [item.title for page in pages for item in page.items] == ["Ann saved a reel."]
        rejections = [row for page in pages for row in page.rejections]
        assert [row.reason.value for row in rejections] == ["record_invalid"]
        assert rejections[0].detail == "The page breaks off within this record."
        assert "Ann saved a video" in rejections[0].excerpt

    def test_without_known_classes_the_last_row_of_a_cut_page_is_half(self) -> None:
        boxes = "<h2>Ann saved a reel.</h2><p>Oak</p><h2>Ann saved a vid"
        page = f'<html><div><a href="https://www.facebook.com/x">x</a>{boxes}'

        pages = pages_before_break(page)

        assert [item.title for page in pages for item in page.items] == ["Ann saved a reel."]
        assert sum(len(page.rejections) for page in pages) == 1

    def test_a_page_cut_between_rows_loses_none(self) -> None:
        whole = f"<html><div>{box('Ann saved a reel.')}"

        pages = pages_before_break(whole)

        assert [page.raw_count for page in pages] == [1]
        assert [item.title for page in pages for item in page.items] == ["Ann saved a reel."]


class TestInstagram:
    POST = form(
        "<td class='_2pin _a6_q'>Saved on<div><div>Jun 01, 2023 3:31 am</div></div>"
        + link("ABC", "https://www.instagram.com/p/ABC/")
        + "</td>",
        title="bob",
    )
    COLLECTION = form(
        "<td class='_a6_q'>Name</td><td class='_a6_r'>Kitchen</td>",
        "<td class='_a6_q'>Creation Time</td><td class='_a6_r'>Jun 01, 2023 3:31 am</td>",
        title="Collection",
    )
    COLLECTED = form(
        f"<td class='_a6_q'>Name<div><div>{link('ABC', 'bob')}</div></div></td>",
        "<td class='_a6_q'>Added Time</td><td class='_a6_r'>Jun 02, 2023 3:31 am</td>",
    )

    def test_a_saved_post_has_owner_link_and_day(self) -> None:
        item = read(named(PAGE.format(self.POST).encode(), "saved_posts.html")).items[0]

        assert (item.creator, item.title, item.text) == ("bob", "", "")
        assert item.ref == "https://www.instagram.com/p/ABC/"
        assert item.saved_at is not None
        assert item.saved_at.isoformat() == "2023-06-01T03:31:00+00:00"

    def test_a_collection_is_a_board_of_the_posts_behind_it(self) -> None:
        page = PAGE.format(self.COLLECTION + self.COLLECTED)

        result = read(named(page.encode(), "saved_collections.html"))

        assert [board.name for board in result.boards] == ["Kitchen"]
        assert [board.name for board in result.items[0].boards] == ["Kitchen"]
        assert result.items[0].creator == "bob"

    def test_a_collection_may_be_empty(self) -> None:
        page = PAGE.format(self.COLLECTION).encode()

        result = read(named(page, "saved_collections.html"))

        assert ([board.name for board in result.boards], result.raw_count) == (["Kitchen"], 0)
