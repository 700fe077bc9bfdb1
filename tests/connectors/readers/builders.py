"""Builds export files of every kind, with the quirks that real ones have."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import orjson

from connectors.items import BoardRef, JSONValue, Page, Rejection, SavedItem
from connectors.readers import ImportReader, open_import

JSONObject = dict[str, Any]


def signature(number: int) -> str:
    return f"{number:032x}"


def pinimg(number: int, *, size: str = "originals", kind: str = "jpg") -> str:
    digits = signature(number)
    folders = f"{digits[:2]}/{digits[2:4]}/{digits[4:6]}"
    return f"https://i.pinimg.com/{size}/{folders}/{digits}.{kind}"


def crawled_pin(number: int = 1, **changes: Any) -> JSONObject:
    """Return a record with the fields that the crawler writes."""
    pin_id = str(100_000_000_000_000_000 + number)
    record = {
        "sourceUrl": "https://www.pinterest.com/ann/kitchen/",
        "profile": "ann",
        "image": {"width": 736, "height": 1308, "url": pinimg(number)},
        "id": pin_id,
        "seo_url": f"/pin/{pin_id}/",
        "title": "",
        "grid_title": f"Pin {number}",
        "seo_title": None,
        "description": " ",
        "grid_description": " ",
        "alt_text": None,
        "auto_alt_text": "a kitchen with white cabinets",
        "link": f"https://www.example.com/articles/{number}",
        "domain": "example.com",
        "created_at": "Wed, 09 Feb 2022 06:09:17 +0000",
        "board": {"id": "500", "name": "Kitchen", "url": "/ann/kitchen/"},
        "is_repin": True,
        "is_video": False,
        "is_promoted": False,
        "promoter": None,
        "videos": None,
        "reaction_counts": {"1": 140},
        "dominant_color": "#4C656C",
    }
    return {**record, **changes}


def quirky_export() -> list[Any]:
    """Return 20 rows: 16 distinct pins, 2 repeated ones, an error row and a bare string."""
    rows: list[Any] = [crawled_pin(number) for number in range(16)]
    rows[3]["board"] = "Kitchen"
    rows[4]["id"] = int(rows[4]["id"])
    rows[5]["image"]["url"] = pinimg(5, kind="bmp")
    rows[6]["seo_url"] = f"/pin/cute-little-kitchen--{rows[6]['id']}/"
    rows[7]["created_at"] = None
    rows[8]["image"] = None
    rows[9]["image"] = None
    del rows[10]["seo_url"], rows[10]["board"]
    rows[11].update(title={"format": "Pin {}", "text": None, "args": ["x"]})
    again = crawled_pin(1, board={"id": "600", "name": "Garden", "url": "/ann/garden/"})
    return [*rows, crawled_pin(0), again, {"error": "#profile_not_found"}, "a bare string"]


def named(data: bytes, name: str) -> BinaryIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def json_file(value: object, name: str = "export.json") -> BinaryIO:
    return named(json.dumps(value).encode(), name)


def lines_file(values: Iterable[object], name: str = "export.jsonl") -> BinaryIO:
    return named(b"\n".join(json.dumps(value).encode() for value in values), name)


def zip_file(members: Mapping[str, bytes], name: str = "export.zip") -> BinaryIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return named(file.getvalue(), name)


def mojibake(value: object) -> bytes:
    """Return JSON as Meta writes it: each byte of UTF-8 as a character of its own."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(json.loads(text.encode().decode("latin-1"))).encode()


def meta_row(title: str, timestamp: int = 1_694_249_767, **context: str) -> JSONObject:
    row: JSONObject = {"timestamp": timestamp, "title": title}
    if context:
        row["attachments"] = [{"data": [{"external_context": context}]}]
    return row


def account_export(
    pins: Sequence[Mapping[str, str]], boards: Sequence[str] = (), *, language: str = "en"
) -> bytes:
    """Return the page that Pinterest gives out; ``language`` other than ``en`` hides the keys."""
    parts = ["<html><body><div id=contents><h1 id=a1b2c>Account</h1>Email: ann@example.com<br><br>"]
    parts.append("<h1 id=40vkx>Boards</h1>")
    for name in boards:
        slug = name.lower().replace(" ", "-")
        parts.append(
            f'\n<a href="https://www.pinterest.com/ann/{slug}/">{name}</a>'
            "\n<br>Created at: 2016/05/01 10:00:00<br><br>"
        )
    parts.append("<h1 id=db1sy>Pins</h1>")
    for pin in pins:
        fields = {**_ACCOUNT_PIN, **pin}
        url = fields.pop("url")
        parts.append(f'\n<a href="{url}">{url}</a>')
        for place, (key, value) in enumerate(fields.items()):
            comma = "" if key in _WITHOUT_COMMA else ","
            label = key if language == "en" else f"Schlüssel {place}"
            parts.append(f"\n<br>{label}: {value}{comma}")
        parts.append("<br><br>")
    parts.append("<h1 id=zz9zz>Searches</h1>kitchen ideas<br></div></body></html>")
    return "".join(parts).encode()


_WITHOUT_COMMA = ("Created at", "Alive", "Is a repin", "Private")
_ACCOUNT_PIN = {
    "url": "https://www.pinterest.com/pin/298785756542286548/",
    "Title": "No data",
    "Details": "No data",
    "Image": signature(7),
    "Is Native": "No data",
    "Board Id": "500",
    "Board Name": "Kitchen",
    "Is Video": "No data",
    "Ip Address": "203.0.113.7",
    "Username": "ann",
    "Alt Text": "No data",
    "Canonical Link": '<a href="https://example.com/a?x=1&amp;y=2">https://example.com/a</a>',
    "Story Pin Media": "No data",
    "Video": "No data",
    "Created at": "2017/02/13 15:35:01",
    "Alive": "True",
    "Is a repin": "True",
    "Private": "False",
}


# The row of a collection as the downloads of some years mix it with saves.
COLLECTION_ROW: JSONObject = {
    "timestamp": 5,
    "attachments": [{"data": [{"name": "Møbler"}]}],
    "title": "Jördis har oprettet en ny samling: Møbler.",
}


def saves(*rows: JSONObject, key: str = "saves_v2") -> bytes:
    """Return a list of saved items as Meta writes it."""
    return mojibake({key: list(rows)})


class Result:
    """All that an import gave."""

    def __init__(self, reader: ImportReader, pages: Sequence[Page]) -> None:
        self.reader = reader
        self.pages = list(pages)
        self.items: list[SavedItem] = [item for page in pages for item in page.items]
        self.rejections: list[Rejection] = [row for page in pages for row in page.rejections]
        self.boards: list[BoardRef] = [board for page in pages for board in page.boards]
        self.raw_count = sum(page.raw_count for page in pages)

    @property
    def reasons(self) -> list[str]:
        return [row.reason.value for row in self.rejections]


def read(
    *files: BinaryIO, cursor: dict[str, JSONValue] | None = None, page_size: int = 2_000
) -> Result:
    reader = open_import(files)
    return Result(reader, list(reader.pages(cursor, page_size=page_size)))


def raw_of(item: SavedItem) -> JSONObject:
    value: JSONObject = orjson.loads(item.raw)
    return value


def indexes_of(items: Iterable[SavedItem], rejections: Iterable[Rejection]) -> list[int]:
    return [item.index for item in items] + [rejection.index for rejection in rejections]
