"""Pins in the shapes of web pages, scrapers and the API."""

import json

from connectors.items import MediaKind
from tests.connectors.readers.builders import (
    JSONObject,
    crawled_pin,
    json_file,
    named,
    pinimg,
    raw_of,
    read,
    signature,
)


def web_pin(number: int = 1, **changes: object) -> JSONObject:
    sizes = {"236x": 236, "474x": 474, "736x": 736}
    images = {
        size: {"width": width, "height": width * 2, "url": pinimg(number, size=size)}
        for size, width in sizes.items()
    }
    images["orig"] = {"width": 1000, "height": 2000, "url": pinimg(number, kind="png")}
    return {
        "id": str(number),
        "type": "pin",
        "images": images,
        "image_signature": signature(number),
        "title": f"Pin {number}",
        "board": {"node_id": "Qm9hcmQ6NTAw", "name": "Kitchen", "url": "/ann/kitchen/"},
        "videos": None,
        **changes,
    }


def envelope(data: object) -> JSONObject:
    return {
        "resource_response": {"status": "success", "data": data, "bookmark": "abc"},
        "resource": {"name": "BoardFeedResource", "options": {"bookmarks": ["-end-"]}},
        "client_context": {"ip": "203.0.113.7"},
    }


class TestContainers:
    def test_records_are_found_in_any_wrapper(self) -> None:
        pins = [web_pin(1), web_pin(2)]
        containers: list[object] = [
            pins,
            envelope(pins),
            envelope({"results": pins, "tabs": [{"id": "5", "type": "search_feed_tab"}]}),
            [envelope([pins[0]]), envelope([pins[1]])],
            {"pins": pins},
            {"a": pins[0], "b": pins[1], "note": "text"},
            {"initialReduxState": {"pins": {"1": pins[0], "2": pins[1]}, "boards": {}}},
            {"data": {"v3": {"connection": {"edges": [{"node": pin} for pin in pins]}}}},
        ]

        for container in containers:
            assert [item.ref for item in read(json_file(container)).items] == ["pin:1", "pin:2"]

    def test_a_single_pin_is_an_import(self) -> None:
        result = read(json_file(envelope(web_pin(1))))

        assert result.reader.kind == "pinterest_web"
        assert [item.ref for item in result.items] == ["pin:1"]

    def test_a_wrapped_list_of_many_megabytes_is_streamed(self) -> None:
        pins = [web_pin(number, note_of_many_words="x" * 500) for number in range(3_000)]
        pins.insert(0, {"type": "module", "id": "m1"})

        result = read(json_file({"before": [1, 2], **envelope({"results": pins}), "after": {}}))

        assert len(result.items) == 3_000
        assert result.reasons == ["not_a_pin"]

    def test_pins_of_a_page_state_are_read_once_and_stubs_never(self) -> None:
        pins = {"1": web_pin(1), "2": web_pin(2)}
        state = {
            "initialReduxState": {
                "feeds": {"x": [{"id": "3", "type": "pin", "trackingParams": "y"}]},
                "resources": {"Search": {"k": {"data": {"results": list(pins.values())}}}},
                "pins": pins,
            }
        }
        page = (
            "<!DOCTYPE html><html><head><title>Pinterest</title></head><body>"
            '<script id="__PWS_INITIAL_PROPS__" type="application/json">'
            f"{json.dumps(state)}</script></body></html>"
        )

        result = read(named(page.encode(), "saved page.html"))

        assert result.reader.kind == "pinterest_web"
        assert [item.ref for item in result.items] == ["pin:1", "pin:2"]


class TestFeeds:
    def test_what_stands_between_the_pins_is_skipped_with_its_reason(self) -> None:
        feed = [
            {"type": "story", "id": "s1", "title": {"format": "More ideas"}},
            web_pin(1),
            {"type": "board", "id": "b1"},
            web_pin(2, is_promoted=True),
        ]

        result = read(json_file(envelope(feed)))

        assert [item.ref for item in result.items] == ["pin:1"]
        assert result.reasons == ["not_a_pin", "not_a_pin", "promoted"]

    def test_an_own_pin_is_kept_though_it_is_promoted(self) -> None:
        assert len(read(json_file([crawled_pin(1, is_promoted=True)])).items) == 1


class TestPictures:
    def test_the_original_is_first(self) -> None:
        picture = read(json_file([web_pin(1)])).items[0].media[0]

        assert picture.url == pinimg(1, kind="png")
        assert (picture.width_px, picture.height_px) == (1000, 2000)

    def test_without_original_every_type_of_it_is_tried_then_sized_ones(self) -> None:
        images = {"474x": {"width": 474, "height": 900, "url": pinimg(1, size="474x")}}

        picture = read(json_file([web_pin(1, images=images)])).items[0].media[0]

        assert (picture.url, *picture.fallbacks) == (
            pinimg(1),
            pinimg(1, kind="png"),
            pinimg(1, kind="webp"),
            pinimg(1, kind="gif"),
            pinimg(1, size="1200x"),
            pinimg(1, size="736x"),
            pinimg(1, size="474x"),
        )

    def test_empty_images_are_no_picture(self) -> None:
        item = read(json_file([web_pin(1, images={}, image_signature=None)])).items[0]

        assert item.media == ()

    def test_slides_of_a_carousel_are_pictures_in_order(self) -> None:
        slots = [
            {"id": "1", "title": "Slot 1", "images": {"736x": {"url": pinimg(21, size="736x")}}},
            {"id": "2", "title": None, "images": {"736x": {"url": pinimg(22, size="736x")}}},
        ]

        item = read(json_file([web_pin(1, carousel_data={"carousel_slots": slots})])).items[0]

        assert [picture.key for picture in item.media] == [
            f"sig:{signature(21)}",
            f"sig:{signature(22)}",
        ]
        assert (item.media[0].alt_text, item.kind) == ("Slot 1", "carousel")

    def test_a_slide_that_comes_again_stays_where_it_was(self) -> None:
        slots = [
            {"id": str(at), "images": {"736x": {"url": pinimg(number, size="736x")}}}
            for at, number in enumerate([21, 22, 21])
        ]

        item = read(json_file([web_pin(1, carousel_data={"carousel_slots": slots})])).items[0]

        assert [one.key for one in item.media] == [f"sig:{signature(21)}", f"sig:{signature(22)}"]

    def test_pages_of_a_story_are_pictures_in_order(self) -> None:
        video = {"video_list": {"V_720P": {"url": "https://v1.pinimg.com/a.mp4"}}}
        video["video_list"]["V_720P"]["thumbnail"] = pinimg(32)
        pages = [
            {"blocks": [{"type": "story_pin_image_block", "image": None,
                         "image_signature": signature(31)}]},
            {"blocks": [{"type": "story_pin_video_block", "video": video}]},
            {"blocks": [{"type": "story_pin_paragraph_block", "text": "Step 3"},
                        {"type": "story_pin_future_block", "image_signature": signature(33)}]},
        ]  # fmt: skip

        item = read(json_file([web_pin(1, story_pin_data={"pages": pages})])).items[0]

        assert [picture.key for picture in item.media] == [
            f"sig:{signature(number)}" for number in (31, 32, 33)
        ]
        assert item.media[1].kind is MediaKind.VIDEO
        assert item.media[1].video_url == "https://v1.pinimg.com/a.mp4"
        assert item.kind == "story"

    def test_a_story_of_one_page_is_an_ordinary_pin(self) -> None:
        story = {"page_count": 1, "pages": [{"image_signature": signature(9), "blocks": []}]}

        item = read(json_file([web_pin(1, story_pin_data=story)])).items[0]

        assert [picture.key for picture in item.media] == [f"sig:{signature(1)}"]
        assert item.kind == "pin"


class TestSiblings:
    def test_a_graphql_pin_is_read(self) -> None:
        pin = {
            "__typename": "Pin",
            "id": "UGluOjg0NDQ5MzY3NDQzNzk5Nw==",
            "entityId": "844493674437997",
            "imageSpec_236x": {"url": pinimg(5, size="236x")},
            "imageSpec_orig": {"url": pinimg(5)},
            "title": {"format": "", "text": "A title object", "args": []},
        }

        item = read(json_file({"graphql": pin})).items[0]

        assert (item.ref, item.title) == ("pin:844493674437997", "A title object")
        assert item.media[0].url == pinimg(5)

    def test_a_scraped_pin_is_read(self) -> None:
        pin = {
            "pin_url": "https://de.pinterest.com/pin/k%C3%BCche--4711/sent/?invite_code=1",
            "image_url": pinimg(6, size="236x"),
            "title": "Shaker",
            "board_name": "Kitchen",
            "source_url": "https://blog.example.org/shaker",
            "hashtags": ["#oak", "brass", "oak"],
            "image_width": 236,
        }

        result = read(json_file({"pins": [pin]}))
        item = result.items[0]

        assert result.reader.kind == "pinterest_scrape"
        assert (item.ref, item.link_url) == ("pin:4711", "https://blog.example.org/shaker")
        assert item.tags == ("oak", "brass")
        assert item.boards[0].key == "name:kitchen"
        assert item.media[0].key == f"sig:{signature(6)}"

    def test_a_pin_of_the_api_is_read(self) -> None:
        media = {
            "media_type": "multiple_images",
            "items": [
                {"images": {"600x": {"url": pinimg(number, size="564x"), "width": 564}}}
                for number in (41, 42)
            ],
        }
        pin = {"id": "5", "board_id": "500", "created_at": "2024-06-30T04:54:04", "media": media,
               "creative_type": "CAROUSEL", "board_owner": {"username": "ann"}}  # fmt: skip
        bare = {"id": "6", "media": None, "board_id": None, "creative_type": None}

        items = read(json_file({"items": [pin, bare], "bookmark": None})).items

        assert [len(item.media) for item in items] == [2, 0]
        assert items[0].boards[0].key == "board:500"
        assert items[0].saved_at is not None
        assert items[0].saved_at.isoformat() == "2024-06-30T04:54:04+00:00"

    def test_secret_boards_are_marked(self) -> None:
        board = {"id": "5", "name": "Geheim", "privacy": "secret"}

        item = read(json_file([web_pin(1, board=board)])).items[0]

        assert item.boards[0].is_secret
        assert raw_of(item)["board"]["privacy"] == "secret"
