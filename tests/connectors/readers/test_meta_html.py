"""Downloads of Facebook in the HTML choice."""

import datetime as dt

import pytest

from connectors.readers.meta.html_dates import parse_meta_date
from tests.connectors.readers.builders import named, raw_of, read, zip_file


class TestHtml:
    LINK = "https://www.facebook.com/dyi/l/?l=https%3A%2F%2Fe.example%2Fa%3Fb%3D1&amp;s=x"
    NEW = (
        '<section class="_a6-g"><h2 class="_2ph_ _a6-h _a6-i">Jördis saved a link from Ann&#039;s'
        ' post.</h2><div class="_2ph_ _a6-p"><div><a href="{link}">Dwell \u2013 Küchen</a>'
        '<div>e.example</div></div></div><footer class="_3-94"><div class="_a72d">{date}</div>'
        "</footer></section>"
    )
    OLD = (
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_3-96 _2pio _2lek">'
        'Jördis saved a link from Ann\'s post.</div><div class="_3-96 _2let"><div>'
        '<a href="{link}">Dwell \u2013 Küchen</a><div>e.example</div></div></div>'
        '<div class="_3-94 _2lem">{date}</div></div>'
    )
    UNKNOWN = (
        '<article><h2>Jördis saved a link from Ann\'s post.</h2><div><a href="{link}">'
        "Dwell \u2013 Küchen</a><p>e.example</p></div><footer>{date}</footer></article>"
    )

    @pytest.mark.parametrize("box", [NEW, OLD, UNKNOWN])
    def test_each_generation_of_pages_is_read(self, box: str) -> None:
        boxes = box.format(link=self.LINK, date="Jun 01, 2025 3:31:29\u202fpm") * 2
        page = f"<html><head><style>x{{}}</style></head><body><h1>Gemt</h1><main>{boxes}</main>"

        result = read(named(page.encode(), "your_saved_items.html"))
        item = result.items[0]

        assert result.reader.kind == "facebook_html"
        assert len(result.items) == 2
        assert item.title == "Jördis saved a link from Ann's post."
        assert item.ref == "https://e.example/a?b=1"
        assert item.text == "Dwell \u2013 Küchen\ne.example"
        assert (item.kind, item.creator) == ("link", "Ann")
        assert item.saved_at == dt.datetime(2025, 6, 1, 15, 31, 29, tzinfo=dt.UTC)

    def test_a_date_in_another_language_is_unknown_not_now(self) -> None:
        page = self.NEW.format(link=self.LINK, date="1 Meitheamh 2025, 15:31")

        item = read(named(f"<html>{page}".encode(), "x.html")).items[0]

        assert item.saved_at is None
        assert raw_of(item)["date"] == "1 Meitheamh 2025, 15:31"

    @pytest.mark.parametrize(
        "text",
        [
            "01. Juni 2025 15:31",
            "1. Juni 2025 um 15:31 Uhr",
            "1er juin 2025 à 15:31",
            "1 de junio de 2025 3:31 p. m.",
            "giu 01, 2025 3:31 pm",
            "1 июня 2025 \u0433., 15:31",
            "1 czerwca 2025 15:31",
            "1 Haz 2025 15:31",
            "1. kesäkuuta 2025 klo 15.31",
            "2025年6月1日 午後3:31",
            "2025년 6월 1일 오후 3:31",
            "01.06.2025 15:31",
        ],
    )
    def test_dates_are_read_in_the_language_of_the_account(self, text: str) -> None:
        assert parse_meta_date(text) == dt.datetime(2025, 6, 1, 15, 31, tzinfo=dt.UTC)

    @pytest.mark.parametrize("text", ["červ 1, 2025", "13/06/2025", "31. Juni 2025", "Foo 1, 2025"])
    def test_a_date_that_could_be_two_is_none(self, text: str) -> None:
        assert parse_meta_date(text) is None

    def test_collections_become_boards(self) -> None:
        sentence = "Ann created a new collection: Oak."
        box = f'<section class="_a6-g"><h2 class="_a6-h">{sentence}</h2></section>'

        result = read(named(f"<html>{box}".encode(), "collections.html"))

        assert [board.name for board in result.boards] == ["Oak"]

    def test_a_folder_is_no_name_of_what_is_in_it(self) -> None:
        row = '<section class="_a6-g"><h2>Ann har gemt: Oak Bar</h2><div class="_a6-p">Oak Bar'
        name = "your_facebook_activity/saved_items_and_collections/your_saved_items.html"

        result = read(zip_file({name: f"<html>{row}</div></section>".encode()}))

        assert (len(result.items), result.boards) == (1, [])
