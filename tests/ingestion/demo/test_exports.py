"""The sample exports: their shape, and the counts that an import of them must report."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest

from ingestion.demo import catalogue, expected
from ingestion.demo.exports import (
    FACEBOOK_EXPORT,
    PINTEREST_EXPORT,
    build_facebook_export,
    build_pinterest_export,
)
from ingestion.demo.site import HOSTS

RESERVED = (".example.com", ".example.org", ".example.net")
FOLDER = "your_facebook_activity/saved_items_and_collections"


@pytest.fixture(scope="module")
def records() -> list[Any]:
    with ZipFile(PINTEREST_EXPORT) as archive:
        content: list[Any] = json.loads(archive.read(f"{PINTEREST_EXPORT.stem}.json"))
    return content


@pytest.fixture(scope="module")
def pin_rows(records: list[Any]) -> list[dict[str, Any]]:
    return [record for record in records if isinstance(record, dict) and "id" in record]


@pytest.fixture(scope="module")
def saved() -> list[dict[str, Any]]:
    return saved_member("your_saved_items.json", "saves_v2")


def saved_member(name: str, key: str) -> list[dict[str, Any]]:
    with ZipFile(FACEBOOK_EXPORT) as archive:
        rows: list[dict[str, Any]] = json.loads(archive.read(f"{FOLDER}/{name}"))[key]
    return rows


def address_of(save: dict[str, Any]) -> str:
    """The address of a save by the rule for its swapping roles; empty when it has none."""
    for attachment in save.get("attachments", []):
        for entry in attachment["data"]:
            context = entry.get("external_context", {})
            for role in ("source", "url", "name"):
                if context.get(role, "").startswith(("http://", "https://")):
                    return unwrapped(context[role])
    return ""


def unwrapped(address: str) -> str:
    parts = urlsplit(address)
    if parts.hostname == "l.facebook.com":
        return parse_qs(parts.query)["u"][0].partition("?fbclid=")[0]
    return address


class TestBuild:
    @pytest.mark.parametrize(
        ("build", "committed"),
        [
            (build_pinterest_export, PINTEREST_EXPORT),
            (build_facebook_export, FACEBOOK_EXPORT),
        ],
    )
    def test_the_committed_file_is_what_the_builder_makes(
        self, build: Any, committed: Path, tmp_path: Path
    ) -> None:
        build(tmp_path / "export.zip")

        with ZipFile(committed) as kept, ZipFile(tmp_path / "export.zip") as made:
            assert members(made) == members(kept)


def members(archive: ZipFile) -> dict[str, bytes]:
    return {name: archive.read(name) for name in archive.namelist()}


class TestPinterestExport:
    def test_it_holds_the_records_that_the_report_must_show(
        self, records: list[Any], pin_rows: list[dict[str, Any]]
    ) -> None:
        distinct = {row["id"]: row for row in pin_rows}
        strings = [record for record in records if isinstance(record, str)]
        errors = [record for record in records if isinstance(record, dict) and "error" in record]

        assert len(records) == expected.PINTEREST.raw
        assert len(pin_rows) == expected.PINTEREST.parsed
        assert len(distinct) == expected.PINTEREST.new
        assert {
            "bad_type": len(strings),
            "error_row": len(errors),
            "duplicate_in_file": len(pin_rows) - len(distinct),
        } == expected.PINTEREST.skipped
        assert sum(row["image"] is None for row in distinct.values()) == (
            expected.PINTEREST.reference_only
        )

    def test_its_figures_balance(self) -> None:
        for report in (expected.PINTEREST, expected.FACEBOOK):
            assert report.raw == report.new + sum(report.skipped.values())
            assert report.new == report.with_picture + report.reference_only

    def test_one_pin_lies_on_two_boards(self, pin_rows: list[dict[str, Any]]) -> None:
        boards: dict[str, set[str]] = {}
        for row in pin_rows:
            boards.setdefault(row["id"], set()).add(row["board"]["name"])

        assert Counter(map(len, boards.values())) == {1: 57, 2: 1}
        assert len(set().union(*boards.values())) == expected.PINTEREST.boards

    def test_every_address_is_reserved_or_stood_in_for(
        self, pin_rows: list[dict[str, Any]]
    ) -> None:
        links = {urlsplit(row["link"]).hostname or "" for row in pin_rows if row["link"]}
        hosts = {urlsplit(row["image"]["url"]).hostname for row in pin_rows if row["image"]}

        assert [host for host in links if not host.endswith(RESERVED)] == []
        assert hosts == {HOSTS[0]}

    def test_every_picture_is_one_of_ours_in_its_size_and_color(
        self, pin_rows: list[dict[str, Any]]
    ) -> None:
        sizes = {f"/{picture.path}": picture.size_px for picture in catalogue.pictures()}
        pictures = [row for row in pin_rows if row["image"]]

        for row in pictures:
            image = row["image"]
            assert sizes[urlsplit(image["url"]).path] == (image["width"], image["height"])
        assert len({row["dominant_color"] for row in pictures}) > len(pictures) * 0.8

    def test_two_pins_are_carousels_of_three_pictures(self, pin_rows: list[dict[str, Any]]) -> None:
        ours = {f"/{picture.path}" for picture in catalogue.pictures()}
        carousels = [row for row in pin_rows if row["carousel_data"]]

        assert len(carousels) == 2
        for row in carousels:
            slides = row["carousel_data"]["carousel_slots"]
            images = [slide["images"]["orig"] for slide in slides]
            assert images[0] == row["image"]
            assert len({urlsplit(image["url"]).path for image in images} & ours) == 3

    def test_the_pins_were_saved_over_three_years(self, pin_rows: list[dict[str, Any]]) -> None:
        saved = {row["id"]: parsedate_to_datetime(row["created_at"]) for row in pin_rows}

        assert {at.year for at in saved.values()} == {2023, 2024, 2025, 2026}
        assert max(saved.values()) < datetime(2026, 1, 30, tzinfo=UTC)
        assert len(set(saved.values())) == len(saved)

    def test_the_table_holds_the_same_rows_but_the_bare_string(self, records: list[Any]) -> None:
        with ZipFile(PINTEREST_EXPORT) as archive:
            text = archive.read(f"{PINTEREST_EXPORT.stem}.csv").decode("utf-8-sig")
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        objects = [record for record in records if isinstance(record, dict)]

        assert [row["id"] for row in table] == [record.get("id", "") for record in objects]
        assert [row["board/name"] for row in table] == [
            record.get("board", {}).get("name", "") for record in objects
        ]


class TestFacebookExport:
    def test_it_holds_the_records_that_the_report_must_show(
        self, saved: list[dict[str, Any]]
    ) -> None:
        addresses = [address for address in map(address_of, saved) if address]
        pictures = {address for address in addresses if address.endswith(".jpg")}
        doubles = len(addresses) - len(set(addresses))

        assert len(saved) == expected.FACEBOOK.raw
        assert len(pictures) == expected.FACEBOOK.with_picture
        assert len(set(addresses)) - len(pictures) == expected.FACEBOOK.link_only
        assert len(saved) - len(addresses) == expected.FACEBOOK.metadata_only
        assert {"duplicate_in_file": doubles} == expected.FACEBOOK.skipped

    def test_two_saves_are_alike_to_the_second_and_still_two(
        self, saved: list[dict[str, Any]]
    ) -> None:
        texts = Counter(json.dumps(save, sort_keys=True) for save in saved)

        assert sorted(texts.values())[-2:] == [1, 2]

    def test_its_pictures_are_ours_and_one_is_a_pin_as_well(
        self, saved: list[dict[str, Any]]
    ) -> None:
        pictures = {address for address in map(address_of, saved) if address.endswith(".jpg")}
        first_pin = catalogue.pins()[0].picture
        assert first_pin is not None

        assert pictures == {
            f"https://{HOSTS[1]}/{first_pin.path}",
            f"https://{HOSTS[1]}/{catalogue.saves().extra_picture.path}",
        }

    def test_its_text_is_garbled_as_in_real_exports_and_can_be_mended(
        self, saved: list[dict[str, Any]]
    ) -> None:
        title = saved[0]["title"]

        assert title.startswith("MaÃ«lle")
        assert title.encode("latin-1").decode().startswith("Maëlle Ångström saved a link")

    def test_it_names_its_collections(self) -> None:
        rows = saved_member("collections.json", "collections_v2")
        names = [row["attachments"][0]["data"][0]["name"] for row in rows]

        assert len(names) == expected.FACEBOOK.boards
        assert tuple(name.encode("latin-1").decode() for name in names) == (
            catalogue.saves().collections
        )
