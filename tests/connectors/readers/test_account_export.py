"""The HTML page that Pinterest itself gives out."""

import datetime as dt

import pytest

from connectors.errors import CorruptFileError
from connectors.items import MediaStatus, Page
from connectors.readers import open_import
from tests.connectors.readers.builders import account_export, named, pinimg, read, signature

URL = "https://www.pinterest.com/pin/{}/"
GERMAN = (
    '<div id="contents"><h1 id=y1bkd>Pins</h1><a href="https://www.pinterest.com/pin/1/">'
    "https://www.pinterest.com/pin/1/</a><br>Titel: Keine Daten,<br>Details: a, b: c,"
    "<br>Bild: 0cb1e29c658cda1495e60af593bd04cf,<br>Ist nativ: Keine Daten,<br>Pinnwand-ID: 98,"
    "<br>Name der Pinnwand: Küche,<br>Ist Video: Keine Daten,<br>IP-Adresse: 203.0.113.7,"
    "<br>Benutzername: ann_secret,<br>Alt-Text: Keine Daten,"
    '<br>Link: <a href="https://example.com/a">https://example.com/a</a>,'
    "<br>Story: Keine Daten,<br>Video: Keine Daten,<br>Erstellt am: 2017/02/13 15:35:01"
    "<br>Aktiv: True<br>Repin: True<br>Privat: True<br></div>"
)


class TestAccountExport:
    def test_a_pin_arrives_whole_and_without_personal_data(self) -> None:
        pin = {
            "Title": "Shaker cabinets, oak, and brass: a guide",
            "Details": "Line with: colon, and commas, inside",
        }

        result = read(named(account_export([pin]), "x.html"))
        item = result.items[0]

        assert result.reader.kind == "pinterest_html"
        assert item.ref == "pin:298785756542286548"
        assert item.title == "Shaker cabinets, oak, and brass: a guide"
        assert item.text == "Line with: colon, and commas, inside"
        assert item.link_url == "https://example.com/a?x=1&y=2"
        assert item.saved_at == dt.datetime(2017, 2, 13, 15, 35, 1, tzinfo=dt.UTC)
        assert item.alt_text == ""
        for secret in (b"203.0.113.7", b"ann", b"example.com/x"):
            assert secret not in item.raw

    def test_a_signature_becomes_addresses_to_try(self) -> None:
        picture = read(named(account_export([{}]), "x")).items[0].media[0]

        assert picture.key == f"sig:{signature(7)}"
        assert picture.url == pinimg(7)
        assert picture.fallbacks == (
            pinimg(7, kind="png"),
            pinimg(7, kind="webp"),
            pinimg(7, kind="gif"),
            pinimg(7, size="1200x"),
            pinimg(7, size="736x"),
        )

    def test_what_is_no_signature_gives_no_picture(self) -> None:
        pins = [{"Image": "abcdefghijklmnopqrstuvwxyz"}, {"Image": "No data"}]

        items = read(named(account_export(pins), "x")).items

        assert [item.media for item in items] == [(), ()]

    def test_dead_and_private_pins_say_so(self) -> None:
        pins = [{"Alive": "False"}, {"Private": "True"}]

        dead, private = read(named(account_export(pins), "x")).items

        assert (dead.is_removed_at_source, dead.media) == (True, ())
        assert dead.media_status is not MediaStatus.IMAGE
        assert private.is_secret
        assert private.boards[0].is_secret

    def test_listed_boards_and_those_of_pins_are_one(self) -> None:
        pins = [
            {},
            {"Board Id": "600", "Board Name": "Home &amp; Garden"},
            {"Board Name": "No data"},
        ]
        data = account_export(pins, boards=["Kitchen", "Home &amp; Garden", "Empty"])

        result = read(named(data, "x"))

        assert [(board.key, board.name) for board in result.boards] == [
            ("board:500", "Kitchen"),
            ("board:600", "Home & Garden"),
            ("name:empty", "Empty"),
        ]
        assert [item.boards[0].key for item in result.items] == [
            "board:500",
            "board:600",
            "board:500",
        ]

    def test_one_id_for_several_names_is_not_believed(self) -> None:
        pins = [{}, {"Board Name": "Garden"}]

        items = read(named(account_export(pins), "x")).items

        assert [item.boards[0].key for item in items] == ["board:500", "name:garden"]

    def test_a_page_in_another_language_is_read_by_place(self) -> None:
        data = account_export([{"Title": "Küche"}, {"Alive": "False"}], language="de")

        first, second = read(named(data, "x")).items

        assert first.title == "Küche"
        assert first.boards[0].name == "Kitchen"
        assert second.is_removed_at_source
        assert b"203.0.113.7" not in first.raw

    def test_labels_that_two_languages_share_prove_nothing(self) -> None:
        item = read(named(GERMAN.encode(), "x")).items[0]

        assert (item.title, item.text) == ("", "a, b: c")
        assert item.saved_at == dt.datetime(2017, 2, 13, 15, 35, 1, tzinfo=dt.UTC)
        assert [board.key for board in item.boards] == ["board:98"]
        assert (item.is_secret, len(item.media)) == (True, 1)
        assert b"203.0.113.7" not in item.raw
        assert b"ann_secret" not in item.raw

    def test_unknown_labels_are_told_by_their_values(self) -> None:
        data = GERMAN.replace("<br>Aktiv:", "<br>Neues Feld: 7,<br>Aktiv:").encode()

        item = read(named(data, "x")).items[0]

        assert item.saved_at == dt.datetime(2017, 2, 13, 15, 35, 1, tzinfo=dt.UTC)
        assert (item.link_url, len(item.media)) == ("https://example.com/a", 1)
        assert b"203.0.113.7" not in item.raw
        assert b"ann_secret" not in item.raw

    def test_a_link_to_another_pin_does_not_begin_one(self) -> None:
        link = f'<a href="{URL.format(5)}">{URL.format(5)}</a>'

        result = read(named(account_export([{"Canonical Link": link}]), "x"))

        assert [item.ref for item in result.items] == ["pin:298785756542286548"]
        assert result.items[0].link_url == URL.format(5)

    def test_resuming_knows_the_boards_of_the_pins_before(self) -> None:
        pins = [{"url": URL.format(number)} for number in range(1, 6)]
        pins[4]["Board Name"] = "No data"
        data = account_export(pins, boards=["Kitchen"])
        whole = read(named(data, "x"), page_size=2)

        rest = read(named(data, "x"), cursor=whole.pages[0].cursor, page_size=2)

        assert rest.items == whole.items[2:]
        assert rest.boards == whole.boards
        assert rest.items[-1].boards[0].key == "board:500"


class TestLines:
    """What a person wrote may have any lines; the format goes on behind it."""

    @pytest.mark.parametrize(
        ("details", "text"),
        [
            ("one<br>two<br>three", "one\ntwo\nthree"),
            ("Milk,<br>Eggs, six:<br><br>Note: fry", "Milk,\nEggs, six:\nNote: fry"),
            ("a<br>Title: b<br>c", "a\nTitle: b\nc"),
            (
                '<br><a href="https://www.pinterest.com/pin/99/">short</a> great',
                "https://www.pinterest.com/pin/99/ great",
            ),
            ('see<br><br><a href="https://e.example/x">x</a>', "see\nhttps://e.example/x"),
        ],
    )
    def test_all_lines_of_a_text_are_kept(self, details: str, text: str) -> None:
        page = account_export([{"Details": details}, {"url": URL.format(2)}])

        result = read(named(page, "x.html"))
        first, second = result.items

        assert first.text == text
        assert [first.ref, second.ref] == ["pin:298785756542286548", "pin:2"]
        assert (first.boards, first.saved_at) == (second.boards, second.saved_at)
        assert [media.key for media in first.media] == [f"sig:{signature(7)}"]

    def test_lines_are_told_from_fields_in_another_language_too(self) -> None:
        page = GERMAN.replace("Details: a, b: c,", "Details: a<br>b: c<br>d,")

        item = read(named(page.encode(), "x.html")).items[0]

        assert item.text == "a\nb: c\nd"
        assert (item.boards[0].name, item.is_secret) == ("Küche", True)
        assert b"ann_secret" not in item.raw

    @pytest.mark.parametrize(
        ("yes", "no"), [("Wahr", "Falsch"), ("Oui", "Non"), ("Sí", "No"), ("はい", "いいえ")]
    )
    def test_truths_are_read_in_other_languages(self, yes: str, no: str) -> None:
        page = GERMAN.replace("Aktiv: True", f"Aktiv: {no}").replace(
            "Privat: True", f"Privat: {yes}"
        )

        item = read(named(page.replace("Repin: True", f"Repin: {yes}").encode(), "x.html")).items[0]

        assert (item.is_removed_at_source, item.is_secret) == (True, True)


class TestCutEntries:
    @pytest.mark.parametrize(
        "end", ["/pin/2/<", "<br>Details", "Board Name", "<br>Alive: Tr", "<br>Is a", "<br>Private"]
    )
    def test_a_pin_that_the_end_cuts_is_refused(self, end: str) -> None:
        page = account_export([{}, {"url": URL.format(2), "Private": "True"}]).decode()
        cut = page[: page.rindex(end) + len(end)]
        pages: list[Page] = []

        with pytest.raises(CorruptFileError, match="breaks off"):
            pages.extend(open_import([named(cut.encode(), "x.html")]).pages())

        assert [item.ref for page in pages for item in page.items] == ["pin:298785756542286548"]
        rejections = [row for page in pages for row in page.rejections]
        assert [(row.ref, row.reason.value) for row in rejections] == [("pin:2", "record_invalid")]
        assert "breaks off within this pin" in rejections[0].detail

    def test_a_pin_that_is_whole_before_the_break_is_kept(self) -> None:
        page = account_export([{}, {"url": URL.format(2), "Private": "True"}]).decode()
        cut = page[: page.rindex("<br><h1")]
        pages: list[Page] = []

        with pytest.raises(CorruptFileError):
            pages.extend(open_import([named(cut.encode(), "x.html")]).pages())

        assert [item.is_secret for page in pages for item in page.items] == [False, True]
