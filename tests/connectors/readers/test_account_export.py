"""The HTML page that Pinterest itself gives out."""

import datetime as dt

from connectors.items import MediaStatus
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
