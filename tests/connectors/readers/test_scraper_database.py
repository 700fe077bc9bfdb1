"""The database of an older scraper: read whole, salvaged where it is damaged, never touched."""

import base64
import json
import sqlite3
from pathlib import Path

import pytest

from connectors.archives import SkippedMember
from connectors.errors import UnsupportedFileError
from connectors.items import Page, RejectionReason
from connectors.readers import open_import
from connectors.readers.sqlite.rows import BATCH_ROWS
from tests.connectors.readers.builders import named, pinimg, signature, zip_file
from tests.connectors.readers.scraper_database import (
    PAGE_BYTES,
    add_rows,
    inner_pages,
    leaves_of_pins,
    overwrite,
    scraped,
    write_database,
)

JPEG = b"\xff\xd8\xff\xe0" + bytes(2_000)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2_000)


def pages_of(path: Path, page_size: int = 1_000) -> list[Page]:
    with path.open("rb") as file:
        return list(open_import([file]).pages(page_size=page_size))


def refs_of(pages: list[Page]) -> list[str]:
    """Return what every record is about, in order, be it read or lost."""
    units = [(each.index, each.ref) for page in pages for each in page.items]
    units += [(each.index, each.ref) for page in pages for each in page.rejections]
    assert [index for index, _ in sorted(units)] == list(range(len(units)))
    return [ref for _, ref in sorted(units)]


def ref(number: int) -> str:
    return f"pin:{100_000_000_000_000_000 + number}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_database(tmp_path / "pinterest.db", map(scraped, range(60)))


class TestRows:
    def test_what_the_site_said_outweighs_what_the_scraper_noted(self, tmp_path: Path) -> None:
        raw = {
            "id": "5", "grid_title": "A chair", "created_at": "Wed, 09 Feb 2022 06:09:17 +0000",
            "images": {"orig": {"url": pinimg(9), "width": 10, "height": 20}},
            "board": {"id": "9", "name": "Chairs"}, "link": "https://example.com/chair",
        }  # fmt: skip
        node = base64.b64encode(b"Pin:5").decode()
        rows = [
            scraped(1, id=node, raw_data=json.dumps(raw), title=""),
            scraped(2, title='{"format": "Two", "text": null, "args": []}'),
            scraped(3, id="bB3n6Tcs"),
        ]

        (page,) = pages_of(write_database(tmp_path / "a.db", rows))

        first, second = page.items
        assert (first.ref, first.title, first.link_url) == ("pin:5", "A chair", raw["link"])
        assert [board.name for board in first.boards] == ["Chairs"]
        assert [media.key for media in first.media] == [f"sig:{signature(9)}"]
        assert (first.saved_at and first.saved_at.year, second.saved_at) == (2022, None)
        assert (second.title, second.creator, second.tags) == ("Two", "ann", ("sofa",))
        assert [media.key for media in second.media] == [f"sig:{signature(2)}"]
        assert [(each.reason, each.index) for each in page.rejections] == [("no_id", 2)]

    def test_it_goes_on_behind_any_page(self, path: Path) -> None:
        whole = refs_of(pages_of(path))
        first, *_ = pages_of(path, page_size=7)

        with path.open("rb") as file:
            rest = list(open_import([file]).pages(first.cursor, page_size=7))

        assert refs_of([first, *rest]) == whole == [ref(number) for number in range(60)]

    def test_columns_that_are_called_like_the_number_of_a_row_are_only_columns(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "pinterest.db"
        odd = sqlite3.connect(path)
        odd.execute("CREATE TABLE pins (id TEXT, rowid TEXT, image_urls TEXT)")
        odd.executemany("INSERT INTO pins VALUES (?, ?, '{}')", [("1234", "z"), ("1235", "a")])
        odd.commit()
        odd.close()

        (page,) = pages_of(path)

        assert [item.ref for item in page.items] == ["pin:1234", "pin:1235"]

    @pytest.mark.parametrize("page_size", [1, 2, 1_000])
    def test_any_number_that_a_row_may_have_is_read_and_gone_on_from(
        self, tmp_path: Path, page_size: int
    ) -> None:
        numbers = [-(2**63), -(2**62) - 1, -5, 0, 7, 2**62, 2**63 - 1]
        path = database_of(
            tmp_path / "pinterest.db",
            "id TEXT, image_urls TEXT",
            [(number, str(1_000 + at), "{}") for at, number in enumerate(numbers)],
        )
        pages = pages_of(path, page_size=page_size)

        for at, page in enumerate(pages):
            with path.open("rb") as file:
                rest = list(open_import([file]).pages(page.cursor, page_size=page_size))
            assert refs_of([*pages[: at + 1], *rest]) == [
                f"pin:{1_000 + at}" for at in range(len(numbers))
            ]

    def test_a_place_is_found_again_though_a_batch_begins_with_row_zero(
        self, tmp_path: Path
    ) -> None:
        path = database_of(
            tmp_path / "pinterest.db",
            "id TEXT, image_urls TEXT",
            [(number, str(1_000 + number), "{}") for number in range(-BATCH_ROWS, 9)],
        )
        pages = pages_of(path, page_size=BATCH_ROWS + 3)
        with path.open("rb") as file:
            rest = list(open_import([file]).pages(pages[0].cursor, page_size=BATCH_ROWS))

        assert refs_of([pages[0], *rest]) == refs_of(pages)

    @pytest.mark.parametrize(
        "made",
        [
            "(id TEXT, rowid, oid, _ROWID_, image_urls TEXT)",
            "(id TEXT PRIMARY KEY, image_urls TEXT) WITHOUT ROWID",
        ],
    )
    def test_rows_whose_numbers_have_no_name_are_refused_with_a_sentence(
        self, tmp_path: Path, made: str
    ) -> None:
        path = tmp_path / "pinterest.db"
        odd = sqlite3.connect(path)
        odd.execute(f"CREATE TABLE pins {made}")
        odd.execute("INSERT INTO pins (id, image_urls) VALUES ('1234', '{}')")
        odd.commit()
        odd.close()

        with pytest.raises(UnsupportedFileError, match="Bring the export that it was made from"):
            pages_of(path)

    def test_another_database_is_refused(self, tmp_path: Path) -> None:
        other = sqlite3.connect(tmp_path / "other.db")
        other.execute("CREATE TABLE pins (id, colour)")
        other.close()

        with pytest.raises(UnsupportedFileError, match="is a database"):
            pages_of(tmp_path / "other.db")


class TestTheOriginal:
    def test_it_is_neither_locked_nor_changed_nor_needed_any_more(self, path: Path) -> None:
        before = path.read_bytes()
        with path.open("rb") as file:
            pages = open_import([file]).pages(page_size=5)
            next(pages)
            writer = sqlite3.connect(path, timeout=0)
            writer.execute("BEGIN EXCLUSIVE")
            writer.close()
            assert path.read_bytes() == before
            assert [each.name for each in path.parent.iterdir()] == ["pinterest.db"]
            path.unlink()

            assert sum(page.raw_count for page in pages) == 55

    def test_what_was_written_and_not_settled_is_read_too(self, tmp_path: Path) -> None:
        path = write_database(tmp_path / "pinterest.db", [scraped(1)])
        writer = sqlite3.connect(path)
        writer.execute("PRAGMA journal_mode = WAL")
        add_rows(writer, [scraped(2)])
        members = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
        writer.close()

        reader = open_import([zip_file({f"sofa/{name}": data for name, data in members.items()})])

        assert refs_of(list(reader.pages())) == [ref(1), ref(2)]
        assert reader.skipped_members == ()


def database_of(path: Path, columns: str, rows: list[tuple[object, ...]]) -> Path:
    """Write a table of pins with ``columns``; each row begins with its number."""
    database = sqlite3.connect(path)
    database.execute(f"CREATE TABLE pins ({columns})")
    names = ", ".join(each.split()[0] for each in columns.split(", "))
    marks = ", ".join("?" * len(rows[0]))
    database.executemany(f"INSERT INTO pins (rowid, {names}) VALUES ({marks})", rows)
    database.commit()
    database.close()
    return path


class TestFilesBeside:
    """Rows that stand in the log of a database that was not closed."""

    @pytest.fixture
    def brought(self, tmp_path: Path) -> dict[str, bytes]:
        return in_use(tmp_path, rows=70)

    def test_brought_side_by_side_they_are_read_too(self, brought: dict[str, bytes]) -> None:
        files = [named(data, name) for name, data in brought.items()]

        reader = open_import(files[::-1])

        assert len(refs_of(list(reader.pages()))) == 120
        assert reader.skipped_members == ()

    def test_an_empty_one_stands_in_nobodys_way(self, brought: dict[str, bytes]) -> None:
        reader = open_import(
            [named(brought["pins.db"], "pins.db"), named(b"", "pins.db-wal")],
        )

        assert len(refs_of(list(reader.pages()))) == 50
        assert reader.skipped_members == ()

    def test_one_that_was_not_brought_is_told(self, brought: dict[str, bytes]) -> None:
        alone = open_import([named(brought["pins.db"], "pins.db")])
        packed = open_import([zip_file({"out/pins.db": brought["pins.db"]})])

        assert len(refs_of(list(alone.pages()))) == 50
        assert [tuple_of(each) for each in alone.skipped_members] == [
            ("pins.db-wal", "not_brought")
        ]
        assert [tuple_of(each) for each in packed.skipped_members] == [
            ("out/pins.db-wal", "not_brought")
        ]

    def test_a_closed_database_lacks_none(self, path: Path) -> None:
        assert open_import([named(path.read_bytes(), "a.db")]).skipped_members == ()

    def test_it_belongs_to_the_database_of_its_folder_alone(
        self, tmp_path: Path, brought: dict[str, bytes]
    ) -> None:
        (tmp_path / "b").mkdir()
        other = in_use(tmp_path / "b", rows=3)
        members = {f"a/{name}": data for name, data in brought.items()}
        members |= {f"b/{name}": data for name, data in other.items()}

        reader = open_import([zip_file(members)])

        # Both hold the same fifty; what differs stands in their logs.
        assert len(refs_of(list(reader.pages()))) == 120 + 53
        assert reader.skipped_members == ()

    def test_of_two_by_one_name_none_is_taken_for_the_others(
        self, brought: dict[str, bytes], path: Path
    ) -> None:
        files = [*brought.items(), ("pins.db", path.read_bytes())]

        reader = open_import([named(data, name) for name, data in files])

        assert len(refs_of(list(reader.pages()))) == 50 + 60
        assert {tuple_of(each) for each in reader.skipped_members} == {
            ("pins.db-wal", "of_several"),
        }


def in_use(folder: Path, *, rows: int) -> dict[str, bytes]:
    """Return the files of a database with fifty rows, and ``rows`` more in its log alone."""
    writer = sqlite3.connect(write_database(folder / "pins.db", []))
    writer.execute("PRAGMA journal_mode = WAL")
    add_rows(writer, map(scraped, range(50)))
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    add_rows(writer, map(scraped, range(50, 50 + rows)))
    files = ("pins.db", "pins.db-wal", "pins.db-shm")
    try:
        return {name: (folder / name).read_bytes() for name in files}
    finally:
        writer.close()


def tuple_of(member: SkippedMember) -> tuple[str, str]:
    return member.name, member.reason


class TestPictures:
    def test_those_beside_the_database_are_taken_by_their_bytes(self, path: Path) -> None:
        contents = {0: JPEG, 1: PNG, 2: b"<html>not found</html>" * 99, 3: JPEG[:900]}
        images = {f"out/sofa/images/{ref(n)[4:]}.jpg": data for n, data in contents.items()}
        reader = open_import([zip_file({"out/sofa/pinterest.db": path.read_bytes(), **images})])

        (page,) = reader.pages()

        held, plain = page.items[:2], page.items[2:5]
        assert [item.media[0].content for item in held] == [JPEG, PNG]
        assert [len(item.media) for item in held] == [1, 1]
        assert [item.media[0].key for item in plain] == [f"sig:{signature(n)}" for n in (2, 3, 4)]
        assert [each.name for each in reader.skipped_members] == [
            f"out/sofa/images/{ref(2)[4:]}.jpg"
        ]


class TestDamage:
    def test_where_the_first_rows_are_gone_the_rest_is_read_as_it_is(self, tmp_path: Path) -> None:
        # Out of its page alone, a row without the number of a pin would not be known for one.
        rows = [scraped(n) if n < 50 else scraped(n, id=f"odd {n}") for n in range(60)]
        path = write_database(tmp_path / "pinterest.db", rows)
        first, *_ = leaves_of_pins(path)
        assert ref(0) in rows_on(path, first)
        overwrite(path, first, b"\xff" * PAGE_BYTES)

        found = pages_of(path)

        rejected = [each.reason for page in found for each in page.rejections]
        assert rejected.count(RejectionReason.NO_ID) == 10
        assert len([item for page in found for item in page.items]) > 20

    def test_a_page_that_is_gone_costs_its_own_rows_alone(self, path: Path) -> None:
        page = leaves_of_pins(path)[1]
        lost = rows_on(path, page)
        overwrite(path, page, bytes(PAGE_BYTES))

        found = pages_of(path)

        assert refs_of(found) == [ref(number) for number in range(60)]
        rejected = [each for page in found for each in page.rejections]
        assert 1 < len(rejected) < len(leaves_of_pins(path)) * 9
        assert {each.ref for each in rejected} <= lost
        assert "damaged" in rejected[0].detail

    def test_rows_are_found_without_the_pages_that_lead_to_them(self, path: Path) -> None:
        for page in inner_pages(path):
            overwrite(path, page, b"\xff" * 64)

        found = pages_of(path, page_size=9)

        assert sum(len(page.items) for page in found) == 60
        assert set(refs_of(found)) - {""} == {ref(number) for number in range(60)}

    def test_without_the_list_of_tables_pins_are_known_by_their_rows(self, path: Path) -> None:
        overwrite(path, 0, b"\xff" * 200, at=100)

        found = pages_of(path)

        assert [item.ref for page in found for item in page.items] == [
            ref(number) for number in range(60)
        ]

    def test_what_breaks_off_keeps_what_came_before(self, path: Path) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * 4 // 5 // PAGE_BYTES * PAGE_BYTES + 100])

        found = pages_of(path)

        items = [item for page in found for item in page.items]
        assert 5 < len(items) < 60
        assert {item.ref for item in items} <= {ref(number) for number in range(60)}
        assert any(page.rejections for page in found)

    @pytest.mark.parametrize("seed", range(8))
    def test_noise_anywhere_never_makes_a_pin_up(self, path: Path, seed: int) -> None:
        noise = (base64.b64encode(bytes([seed])) * PAGE_BYTES)[:300]
        for page in leaves_of_pins(path)[seed % 3 :: 3]:
            overwrite(path, page, noise, at=(seed * 97) % 3_000)

        found = pages_of(path)

        known = {ref(number) for number in range(60)}
        assert set(refs_of(found)) - {""} <= known
        assert len([item for page in found for item in page.items]) >= 20


def rows_on(path: Path, page: int) -> set[str]:
    """Return the refs of the pins that a page holds, or held before it was split."""
    content = path.read_bytes()[page * PAGE_BYTES : (page + 1) * PAGE_BYTES]
    numbers = [number for number in range(60) if ref(number)[4:].encode() in content]
    return {ref(number) for number in numbers}


def test_a_database_by_another_name_is_known_by_its_bytes(path: Path) -> None:
    reader = open_import([named(path.read_bytes(), "notes.txt")])

    assert (reader.kind, reader.source) == ("pinterest_database", "pinterest")
