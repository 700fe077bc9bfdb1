"""Downloads of Facebook and Instagram in all their dialects of JSON."""

import datetime as dt
import json

import pytest

from tests.connectors.readers.builders import COLLECTION_ROW, meta_row, mojibake, named, read, saves


class TestDialects:
    @pytest.mark.parametrize("key", ["saves_and_collections_v2", "saves_and_collections"])
    def test_collections_among_saves_become_boards(self, key: str) -> None:
        data = saves(meta_row("Jördis har gemt et link."), COLLECTION_ROW, key=key)

        result = read(named(data, "saved_items_and_collections.json"))

        assert len(result.items) == 1
        assert [(board.key, board.name) for board in result.boards] == [("name:møbler", "Møbler")]
        assert result.raw_count == 1

    @pytest.mark.parametrize(
        "title",
        [
            "Jördis saved a place.",
            "Jördis saved a place: Oak Bar.",
            "Jördis har gemt et sted.",
            "Jördis har gemt et sted: Oak Bar.",
            "Jördis hat Oak Bar gespeichert.",
            "",
        ],
    )
    def test_a_place_among_saves_and_collections_is_a_save(self, title: str) -> None:
        place = {"timestamp": 6, "title": title, "attachments": [{"data": [{"name": "Oak Bar"}]}]}
        data = saves(place, COLLECTION_ROW, key="saves_and_collections_v2")

        result = read(named(data, "saved_items_and_collections.json"))

        assert [item.text or item.title for item in result.items] == ["Oak Bar"]
        assert [board.name for board in result.boards] == ["Møbler"]

    @pytest.mark.parametrize("name", ["Køkken: ideer", "Oak Inc.", "møbler"])
    def test_a_collection_is_known_by_its_name_at_the_end_of_the_sentence(self, name: str) -> None:
        row = {
            "timestamp": 5,
            "attachments": [{"data": [{"name": name}]}],
            "title": f"Jördis har oprettet en ny samling: {name}.",
        }

        result = read(named(saves(row, key="saves_and_collections"), "x.json"))

        assert (len(result.items), [board.name for board in result.boards]) == (0, [name])

    @pytest.mark.parametrize(
        "title",
        [
            "Jördis oprettede samlingen Oak Bar.",
            "Jördis hat die Sammlung „Oak Bar“ erstellt.",
            "Jördis a créé une collection.",
            "Jördis skapti safnið Oak Bar.",
        ],
    )
    def test_a_bare_name_is_a_collection_in_any_language(self, title: str) -> None:
        row = {"timestamp": 5, "attachments": [{"data": [{"name": "Oak Bar"}]}], "title": title}

        result = read(named(saves(row, key="saves_and_collections"), "x.json"))

        assert (len(result.items), [board.name for board in result.boards]) == (0, ["Oak Bar"])

    def test_a_bare_name_among_saves_is_a_save(self) -> None:
        assert len(read(named(saves(COLLECTION_ROW), "x")).items) == 1

    @pytest.mark.parametrize("wrap", ["list", "unknown key", "object in object"])
    def test_other_wrappers_are_read(self, wrap: str) -> None:
        rows = [meta_row("Ann saved a reel.")]
        wrapped = {
            "list": rows,
            "unknown key": {"gemte_ting": rows},
            "object in object": {"export": {"saved_saved_item": rows}},
        }

        assert len(read(named(json.dumps(wrapped[wrap]).encode(), "x")).items) == 1

    def test_forms_with_labels_in_any_language_are_read_by_their_values(self) -> None:
        form = {
            "timestamp": 1_720_000_000,
            "media": [],
            "label_values": [
                {"label": "Adresse", "value": "x", "href": "https://www.facebook.com/reel/1/"},
                {"label": "Titel", "value": "Køkken 🌿"},
                {"title": "Ejer", "dict": [{"title": "", "dict": [
                    {"label": "Navn", "value": "Example Home"},
                    {"label": "Adresse", "value": "", "href": "https://www.facebook.com/home"}]}]},
            ],
            "fbid": "10158000000000002",
        }  # fmt: skip

        item = read(named(mojibake([form]), "your_saved_items.json")).items[0]

        assert item.ref == "https://www.facebook.com/reel/1/"
        assert (item.title, item.creator, item.kind) == ("Køkken 🌿", "Example Home", "reel")

    def test_the_address_of_an_owner_is_not_that_of_the_thing(self) -> None:
        owner = {"title": "Owner", "dict": [{"label": "URL", "href": "https://www.facebook.com/x"}]}
        forms = [
            {
                "timestamp": number,
                "label_values": [{"label": "URL", "value": "", "href": ""}, owner],
            }
            for number in (1, 2)
        ]

        items = read(named(json.dumps(forms).encode(), "your_saved_items.json")).items

        assert len({item.ref for item in items}) == 2

    @pytest.mark.parametrize("name", ["your_saved_items.json", "export.json"])
    def test_each_form_among_saves_is_counted_whatever_the_file_is_called(self, name: str) -> None:
        address = {"label": "URL", "value": "", "href": "https://example.org/a"}
        forms = [
            {"timestamp": 5, "label_values": [address]},
            {"timestamp": 6, "label_values": [{"label": "Name", "value": "Oak Bar"}]},
        ]

        result = read(named(json.dumps(forms).encode(), name))

        assert (result.raw_count, result.boards) == (2, [])

    @pytest.mark.parametrize("name", ["collections.json", "download.json"])
    def test_one_form_of_a_collection_is_a_board(self, name: str) -> None:
        form = {
            "timestamp": 5,
            "media": [],
            "label_values": [
                {"label": "Name", "value": "Møbler"},
                {"label": "Privacy", "value": "Only me"},
            ],
            "fbid": "1",
        }

        result = read(named(mojibake(form), name))

        assert [board.name for board in result.boards] == ["Møbler"]
        assert result.raw_count == 0

    def test_instagram_is_read_in_both_dialects(self) -> None:
        new = {
            "timestamp": 1_781_571_459,
            "label_values": [
                {"label": "URL", "value": "", "href": "https://www.instagram.com/reel/AAA/"},
                {"label": "Caption", "value": "Små rum #interior"},
                {"label": "Title", "value": ""},
            ],
        }
        old = {
            "saved_saved_media": [
                {
                    "title": "examplestudio",
                    "string_map_data": {
                        "Gemt": {
                            "href": "https://www.instagram.com/p/BBB/",
                            "timestamp": 1_633_000_000,
                        }
                    },
                }
            ]
        }

        first = read(named(mojibake([new]), "saved_posts.json"))
        second = read(named(mojibake(old), "saved_posts.json"))

        assert first.reader.kind == second.reader.kind == "instagram_json"
        assert [item.ref for item in first.items] == ["https://www.instagram.com/reel/AAA/"]
        assert first.items[0].title == "Små rum #interior"
        assert [item.ref for item in second.items] == ["https://www.instagram.com/p/BBB/"]
        assert second.items[0].creator == "examplestudio"

    def test_scraped_posts_keep_their_bytes_out_of_the_record(self) -> None:
        post = {
            "post_url": "https://www.facebook.com/ann/posts/1?fbclid=x",
            "post_text": "First line\nsecond",
            "images": [{"base64": "data:image/jpeg;base64," + "A" * 5_000, "width": 5}],
            "thumbnail_url": "https://scontent.example/t.jpg?x=1",
            "collection_name": "Kitchen",
            "creator_name": "Ann",
            "content_type": "Post",
            "date": "December 18, 2025",
            "hashtags": ["#oak"],
        }

        result = read(named(json.dumps([post]).encode(), "facebook_scrape_1.json"))
        item = result.items[0]

        assert result.reader.kind == "facebook_scrape"
        assert item.ref == "https://www.facebook.com/ann/posts/1"
        assert (item.title, item.creator, item.tags) == ("First line", "Ann", ("oak",))
        assert item.created_at == dt.datetime(2025, 12, 18, tzinfo=dt.UTC)
        assert item.boards[0].key == "name:kitchen"
        # What only says that it is a picture is none; then the preview serves.
        assert [media.key for media in item.media] == ["https://scontent.example/t.jpg"]
        assert len(item.raw) < 1_000
