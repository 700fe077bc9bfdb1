"""Pages as browsers, languages and broken downloads leave them."""

import pytest

from connectors.errors import CorruptFileError
from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import account_export, named, read, signature

PIN = "https://www.pinterest.com/pin/{}/"
LINK = '<a href="https://www.facebook.com/dyi/l/?l=https%3A%2F%2Fe.example%2Fp">Name</a>'


def saves(*titles: str, end: str = "</div></body></html>") -> bytes:
    boxes = "".join(
        f'<div class="pam _a6-g"><div class="_a6-h">{title}</div><div class="_a6-p">{LINK}</div>'
        '<div class="_a72d">Jun 01, 2025 3:31:29\u202fpm</div></div>'
        for title in titles
    )
    return f'<html><body><div role="main">{boxes}{end}'.encode()


def pages_before_break(data: bytes, name: str) -> list[Page]:
    pages: list[Page] = []
    with pytest.raises(CorruptFileError, match=r"breaks off\. Nothing behind that can be read"):
        pages.extend(open_import([named(data, name)]).pages())
    return pages


class TestBreaks:
    def test_of_an_account_export_the_pins_before_the_break_are_read(self) -> None:
        data = account_export([{"url": PIN.format(n), "Title": "T,"} for n in range(1, 20)])

        pages = pages_before_break(data[: data.rindex(b"<br>Alt Text")], "x.html")

        assert (len(pages[0].items), len(pages[0].rejections)) == (18, 1)

    @pytest.mark.parametrize("cut", [20, 60, 200])
    def test_of_saves_the_rows_before_the_break_are_read(self, cut: int) -> None:
        pages = pages_before_break(saves("A", "B", "C")[:-cut], "your_saved_items.html")

        assert [item.title for page in pages for item in page.items][:2] == ["A", "B"]

    def test_a_page_without_its_last_tags_is_whole(self) -> None:
        result = read(named(saves("A", "B", end="</div>"), "your_saved_items.html"))

        assert [item.title for item in result.items] == ["A", "B"]

    def test_a_saved_page_whose_state_is_cut_says_so(self) -> None:
        page = b'<html>pinterest<script id="__PWS_INITIAL_PROPS__">{"initialReduxState":{"pins":{'

        with pytest.raises(CorruptFileError, match="save the page again"):
            read(named(page, "page.html"))


class TestAccountExport:
    def test_a_link_is_read_whole_though_the_page_shows_its_start(self) -> None:
        link = '<a href="https://example.com/a?x=1&amp;y=2">https://exam…</a>'

        item = read(named(account_export([{"Canonical Link": link}]), "x")).items[0]

        assert item.link_url == "https://example.com/a?x=1&y=2"

    def test_lines_may_be_missing_and_in_any_order(self) -> None:
        lines = ["Private: True", "Board Name: B,", f"Image: {signature(1).upper()},", "Title: T,"]
        page = f'<div id="contents"><h1 id=a>Pins</h1><A HREF="{PIN.format("caf%C3%A9--5")}">x</A>'
        page += "".join(f"<br />{line}" for line in lines) + "</div>"

        item = read(named(page.encode(), "x")).items[0]

        assert (item.ref, item.title, item.is_secret) == ("pin:5", "T", True)
        assert item.media[0].key == f"sig:{signature(1)}"


@pytest.mark.parametrize("name", ["your_saved_items.html", "page.html", "download (1).html"])
def test_each_row_is_counted_whatever_the_page_is_called(name: str) -> None:
    place = saves("Ann saved a place.", "Ann saved a link.").replace(LINK.encode(), b"Oak Bar", 1)

    result = read(named(place, name))

    assert (result.raw_count, result.boards) == (2, [])


def test_letters_of_one_byte_are_read_in_pages_too() -> None:
    data = saves("Ann saved K?che.").replace(b"K?che", b"K\xfcche")

    assert read(named(data, "your_saved_items.html")).items[0].title == "Ann saved Küche."
