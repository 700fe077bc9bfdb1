"""What the collected real and reconstructed export files must give."""

from pathlib import Path

import pytest

from connectors.items import MediaKind
from tests.connectors.readers.builders import Result, read

DATA = Path(__file__).resolve().parents[4] / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the collection of files is not here")


def read_shared(pattern: str) -> Result:
    path = next(DATA.glob(pattern))
    with path.open("rb") as file:
        return read(file)


class TestPinterest:
    @pytest.mark.parametrize("suffix", ["zip", "json"])
    def test_crawler_export(self, suffix: str) -> None:
        result = read_shared(f"pinterest-crawler/*.reconstructed.{suffix}")

        assert result.raw_count == 54
        assert sorted(result.reasons) == ["bad_type", "error_row"]
        assert len({item.ref for item in result.items}) == 50
        assert len({item.ref for item in result.items if not item.media}) == 2
        boards = [i.boards[0].key for i in result.items if i.ref == "pin:275141858477470835"]
        assert len(set(boards)) == 2

    def test_account_export(self) -> None:
        result = read_shared("pinterest-export/*.synthetic.html")

        assert len({board.name for board in result.boards}) == 3
        assert len(result.items) == 5
        assert [item.is_removed_at_source for item in result.items].count(True) == 1
        assert [item.is_secret for item in result.items].count(True) == 1
        titles = [item.title for item in result.items]
        assert "Shaker cabinets, oak, and brass: a guide" in titles
        assert not any(b"203.0.113" in item.raw for item in result.items)

    def test_account_export_sample(self) -> None:
        result = read_shared("pinterest-export/*.sample-*.html")

        assert [item.media for item in result.items] == [()]

    def test_search_results(self) -> None:
        result = read_shared("pinterest-web/base_search_resource_2024a.json")
        videos = [
            i.media[0] for i in result.items if i.media and i.media[0].kind is MediaKind.VIDEO
        ]

        assert len(result.items) == 10
        assert [bool(item.media) for item in result.items].count(False) == 1
        assert [video.video_url.endswith(".mp4") for video in videos] == [True]

    def test_edge_shapes(self) -> None:
        result = read_shared("pinterest-web/synthetic_edge_shapes.json")
        media = {item.ref: len(item.media) for item in result.items}

        assert media["pin:111111111111111111"] == 2
        assert media["pin:222222222222222222"] >= 2
        assert "pin:844493674437997" in media
        assert result.reasons == ["not_a_pin"] * 3

    def test_state_of_a_page(self) -> None:
        page = read_shared("pinterest-web/search_page_mobile_2025.trimmed.html")
        bare = read_shared("pinterest-web/pws_pins_2025.json")

        assert [item.ref for item in page.items] == [item.ref for item in bare.items]
        assert len(page.items) == 6


class TestMeta:
    def test_saves(self) -> None:
        result = read_shared("facebook/your_saved_items.saves_v2.json")
        refs = [item.ref for item in result.items]

        assert len(refs) == len(set(refs)) == 12
        assert result.items[0].title.startswith("Jördis Ålund")
        assert "https://example.org/post?a=1" in refs

    def test_a_collection_alone(self) -> None:
        result = read_shared("facebook/collections.label_values.single-object.json")

        assert [board.name for board in result.boards] == ["Møbler"]

    @pytest.mark.parametrize(
        ("pattern", "items", "boards"),
        [
            ("facebook/*.zip", 12, 3),
            ("facebook/saved_items_and_collections.v2_2021.json", 8, 1),
            ("facebook/your_saved_items.html", 2, 0),
            ("facebook/your_saved_items.label_values.hypothetical.json", 2, 0),
            ("instagram/saved_posts.label_values.json", 2, 0),
        ],
    )
    def test_other_dialects(self, pattern: str, items: int, boards: int) -> None:
        result = read_shared(pattern)

        assert (len(result.items), len(result.boards)) == (items, boards)
