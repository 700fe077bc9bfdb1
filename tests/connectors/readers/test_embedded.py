"""Pictures that come with an export: as base64 in a record, or as files beside the data."""

import base64
import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image

from tests.connectors.readers.builders import lines_file, meta_row, named, raw_of, read, zip_file


def picture(color: str = "red", kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, kind)
    return file.getvalue()


def key_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def post(*images: Any, **fields: Any) -> dict[str, Any]:
    return {"post_url": "https://www.facebook.com/a/posts/1", "images": [*images], **fields}


RED = picture()
RED_64 = base64.b64encode(RED).decode()


class TestBase64:
    @pytest.mark.parametrize(
        "image",
        [
            {"base64": f"data:image/jpeg;base64,{RED_64}", "width": 64, "height": 48},
            {"base64": f"data:text/html;charset=x;base64,{RED_64}", "width": 64, "height": 48},
            {"base64": RED_64.rstrip("="), "width": 64, "height": 48},
            {"base64": "\n".join([RED_64[:50], RED_64[50:]]), "width": 64, "height": 48},
            {"src": f"data:image/jpeg;base64,{RED_64}", "width": 64, "height": 48},
        ],
    )
    def test_the_bytes_are_the_picture(self, image: dict[str, object]) -> None:
        item = read(lines_file([post(image, thumbnail_url="https://e.example/t.jpg")])).items[0]

        assert item.media_status == "image"
        assert [(media.url, media.key, media.content) for media in item.media] == [
            ("", key_of(RED), RED)
        ]
        assert (item.media[0].width_px, item.media[0].height_px) == (64, 48)

    def test_no_bytes_of_a_picture_stay_in_the_record(self) -> None:
        images = [{"base64": RED_64}, f"data:image/jpeg;base64,{RED_64}"]

        item = read(lines_file([post(*images)])).items[0]

        assert RED_64[:40] not in str(raw_of(item))
        assert len(item.media) == 1

    @pytest.mark.parametrize(
        "image",
        [
            {"base64": "data:image/jpeg;base64,AAAA"},
            {"base64": "data:image/png;base64,%%%"},
            {"base64": base64.b64encode(b"<svg onload=alert(1)>" * 9).decode()},
            {"base64": None},
            {"base64": ""},
            "data:image/svg+xml;utf8,<svg/>",
            None,
            7,
        ],
    )
    def test_what_is_no_picture_is_left_out(self, image: object) -> None:
        item = read(lines_file([post(image)])).items[0]

        assert (item.media, item.media_status) == ((), "link_only")

    def test_pages_stay_small_where_records_are_big(self) -> None:
        big = base64.b64encode(RED + bytes(7 * 1024**2)).decode()

        pages = read(lines_file([post({"base64": f"{big}"}, n=n) for n in range(5)])).pages

        assert [len(page.items) for page in pages] == [3, 2]


class TestFilesBesideTheData:
    @pytest.mark.parametrize("root", ["", "facebook-ann-2026/"])
    @pytest.mark.parametrize("uri", ["your_facebook_activity/media/1.jpg", "./media/1.jpg"])
    def test_a_file_that_a_row_names_is_its_picture(self, root: str, uri: str) -> None:
        row = meta_row("Ann saved a photo.")
        row["attachments"] = [{"data": [{"media": {"uri": uri, "title": "Oak"}}]}]
        folder = f"{root}your_facebook_activity"
        members = {
            f"{folder}/saved/your_saved_items.json": json.dumps({"saves_v2": [row]}).encode(),
            f"{folder}/media/1.jpg": RED,
        }

        item = read(zip_file(members)).items[0]

        assert [media.key for media in item.media] == [key_of(RED)]

    def test_of_forms_and_pages_too(self) -> None:
        form = {"timestamp": 1_561_141_389, "media": [{"uri": "media/1.png"}], "label_values": []}
        page = '<html><div class="_a6-g"><div class="_a6-h">T</div><div class="_a6-p">'
        page += '<img src="../media/1.png"></div></div></html>'
        picture_file = {"media/1.png": picture("blue", "PNG")}

        for name, data in (
            ("saved_posts.json", json.dumps([form]).encode()),
            ("your_saved_items.html", page.encode()),
        ):
            item = read(zip_file({name: data, **picture_file})).items[0]

            assert [media.key for media in item.media] == [key_of(picture_file["media/1.png"])]

    def test_what_is_not_there_or_no_picture_is_left_out(self) -> None:
        rows = [meta_row(f"Ann saved {n}.") for n in range(3)]
        for row, uri in zip(rows, ["media/none.jpg", "media/fake.jpg", "../../etc/1"], strict=True):
            row["attachments"] = [{"data": [{"media": {"uri": uri}}]}]
        data = json.dumps({"saves_v2": rows}).encode()

        packed = read(zip_file({"your_saved_items.json": data, "media/fake.jpg": b"<html>"}))
        alone = read(named(data, "your_saved_items.json"))

        assert [item.media for item in packed.items + alone.items] == [()] * 6
