"""What an import is made of, how it is cut, broken off, resumed and refused."""

import gzip
import json
import zipfile
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.errors import (
    ArchiveRefusedError,
    CorruptFileError,
    FileRefusedError,
    UnsupportedFileError,
)
from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import (
    account_export,
    crawled_pin,
    indexes_of,
    json_file,
    lines_file,
    meta_row,
    named,
    quirky_export,
    read,
    zip_file,
)


def pages_until_broken(data: bytes, name: str = "x.json") -> tuple[list[Page], FileRefusedError]:
    pages: list[Page] = []
    with pytest.raises(FileRefusedError) as caught:
        pages.extend(open_import([named(data, name)]).pages(page_size=7))
    return pages, caught.value


class TestPages:
    def test_pages_are_bounded_and_only_the_last_says_so(self) -> None:
        rows = [crawled_pin(number) for number in range(10)]

        pages = read(json_file(rows), page_size=4).pages

        assert [page.raw_count for page in pages] == [4, 4, 2]
        assert [page.is_last for page in pages] == [False, False, True]
        assert pages[-1].bytes_read == pages[-1].bytes_total

    def test_nothing_follows_the_last_page(self) -> None:
        data = json_file(quirky_export()).read()
        last = read(named(data, "x")).pages[-1]

        assert read(named(data, "x"), cursor=last.cursor).pages == []

    def test_an_empty_export_has_one_empty_page(self) -> None:
        result = read(named(b'{"saves_v2": []}', "x"))

        assert [(page.raw_count, page.is_last) for page in result.pages] == [(0, True)]

    def test_reading_twice_gives_the_same(self) -> None:
        reader = open_import([named(_saves(), "your_saved_items.json")])

        assert list(reader.pages()) == list(reader.pages())

    def test_cursors_survive_json(self) -> None:
        cursor = read(json_file(quirky_export()), page_size=5).pages[1].cursor

        assert json.loads(json.dumps(cursor)) == cursor


def _saves() -> bytes:
    rows = [meta_row("Ann saved a reel.") for _ in range(30)]
    rows += [meta_row(f"Ann saved {number % 3}.") for number in range(30)]
    return json.dumps({"saves_v2": rows}).encode()


def _resumable() -> dict[str, bytes]:
    rows = [crawled_pin(number) for number in range(60)]
    rows[20:20] = quirky_export()
    first = zip_file(
        {"a.json": json.dumps(rows[:30]).encode(), "b.json": json.dumps(rows[30:]).encode()}
    )
    pins = [{"url": f"https://www.pinterest.com/pin/{number}/"} for number in range(1, 40)]
    return {
        "bare list": json.dumps(rows).encode(),
        "indented list": json.dumps(rows, indent=2).encode(),
        "lines": lines_file(rows).read(),
        "wrapped": json.dumps({"note": [1], "data": {"results": rows}}).encode(),
        "two members": first.read(),
        "gzip": gzip.compress(json.dumps(rows).encode()),
        "utf-16": json.dumps(rows).encode("utf-16"),
        "csv": b"id,grid_title,board/name\n" + b"".join(b'%d,"a\nb",K\n' % n for n in range(50)),
        "facebook": _saves(),
        "facebook with two files": zip_file(
            {"your_saved_items.json": _saves(), "your_saved_items_1.json": _saves()[:-2] + b" ]}"}
        ).read(),
        "account export": account_export(pins, boards=["Kitchen", "Oak"]),
    }


def contents(pages: list[Page]) -> list[object]:
    """Return all of the pages but where they lie: there are several names for one place."""
    return [(page.items, page.rejections, page.boards, page.is_last) for page in pages]


class TestResuming:
    @pytest.mark.parametrize("name", _resumable())
    @pytest.mark.parametrize("page_size", [1, 7, 33])
    def test_from_any_page_on_the_rest_is_the_same(self, name: str, page_size: int) -> None:
        data = _resumable()[name]
        whole = read(named(data, "x"), page_size=page_size)
        assert len(whole.pages) > 1

        for number in range(0, len(whole.pages), max(1, len(whole.pages) // 6)):
            rest = read(named(data, "x"), cursor=whole.pages[number].cursor, page_size=page_size)

            assert contents(rest.pages) == contents(whole.pages[number + 1 :])

    def test_resuming_may_change_the_page_size(self) -> None:
        data = _resumable()["two members"]
        whole = read(named(data, "x"), page_size=7)

        rest = read(named(data, "x"), cursor=whole.pages[2].cursor, page_size=5)

        assert rest.items == whole.items[len(whole.items) - len(rest.items) :]
        assert sum(page.raw_count for page in whole.pages[:3]) + rest.raw_count == whole.raw_count


class TestBrokenFiles:
    def test_what_stands_before_a_break_is_read(self) -> None:
        rows = [crawled_pin(number) for number in range(20)]
        data = json.dumps(rows).encode()

        pages, error = pages_until_broken(data[: len(data) - 500])

        assert sum(page.raw_count for page in pages) == 19
        assert not any(page.is_last for page in pages)
        assert isinstance(error, CorruptFileError)
        assert "breaks off at byte" in error.message

    def test_resuming_behind_the_last_page_reports_the_break_again(self) -> None:
        data = json.dumps([crawled_pin(number) for number in range(20)]).encode()[:-500]
        pages, error = pages_until_broken(data)

        with pytest.raises(CorruptFileError) as again:
            list(open_import([named(data, "x.json")]).pages(pages[-1].cursor))

        assert again.value.message == error.message

    def test_a_broken_member_does_not_stop_the_others(self) -> None:
        rows = [crawled_pin(number) for number in range(20)]
        archive = zip_file(
            {
                "a.json": json.dumps(rows[:10]).encode()[:-5],
                "b.json": json.dumps(rows[10:]).encode(),
            }
        )

        pages, error = pages_until_broken(archive.read(), "x.zip")

        assert sum(len(page.items) for page in pages) == 19
        assert "a.json" in error.message

    def test_a_wrong_checksum_is_reported_behind_the_records(self) -> None:
        rows = [crawled_pin(number) for number in range(20)]
        data = bytearray(zip_file({"a.json": json.dumps(rows).encode()}).read())
        at = data.rindex(b"PK\x01\x02") + 16
        data[at] ^= 0xFF

        pages, error = pages_until_broken(bytes(data), "x.zip")

        assert sum(len(page.items) for page in pages) == 20
        assert "checksum" in error.message

    @pytest.mark.parametrize(
        "bad",
        [
            b'{"id": ' + b"9" * 10_000 + b"}",
            b'{"id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
            b'{"id": "a" "b"}',
            b'{"id": }',
            b"nonsense",
        ],
    )
    def test_one_bad_record_costs_only_itself(self, bad: bytes) -> None:
        good = [json.dumps(crawled_pin(number)).encode() for number in range(3)]
        data = b"[" + b",".join([good[0], bad, good[1], good[2]]) + b"]"

        result = read(named(data, "x"))

        assert len(result.items) == 3
        assert result.reasons == ["record_invalid"]
        assert result.rejections[0].index == 1
        assert result.rejections[0].detail

    def test_a_record_of_too_many_megabytes_is_refused_by_itself(self) -> None:
        rows: list[Any] = [crawled_pin(number) for number in range(3)]
        rows[1]["description"] = 'x\\"' * (7 * 1024 * 1024)

        for file in (json_file(rows), lines_file(rows)):
            result = read(file)

            assert len(result.items) == 2
            assert result.reasons == ["record_invalid"]

    def test_bytes_that_are_no_utf8_are_read_as_western_letters(self) -> None:
        pin = json.dumps([crawled_pin(1, title="K?che, 日本")], ensure_ascii=False).encode()
        row = "id,title,image/url\n5,K?che “x”,https://e.example/a.jpg\n".encode("cp1252")

        titles = [
            read(named(data.replace(b"K?che", b"K\xfcche"), "x")).items[0].title
            for data in (pin, row)
        ]

        assert titles == ["Küche, 日本", "Küche “x”"]

    @pytest.mark.parametrize("letter", ["a", "椅"])
    def test_what_identifies_a_row_fits_into_an_index(self, letter: str) -> None:
        url = f"https://e.example/{letter * 2_040}.jpg"
        pin = crawled_pin(1, image={"url": url})
        save = {
            "timestamp": 1,
            "title": "x",
            "attachments": [{"data": [{"external_context": {"source": url}}]}],
        }
        post = {"post_url": url, "post_text": "x", "thumbnail_url": url}

        items = [
            read(named(json.dumps(value).encode(), "saved.json")).items[0]
            for value in ([pin], {"saves_v2": [save]}, [post])
        ]

        for item in items:
            assert item.media[0].url == url
            assert len(item.media[0].key.encode()) <= 2_048
            assert len(item.ref.encode()) <= 2_048

    @pytest.mark.parametrize("moment", [10**400, 10**30, "²", "9" * 60, -5, 1e300])
    def test_an_odd_date_never_ends_an_import(self, moment: object) -> None:
        data = json.dumps([crawled_pin(1, created_at=moment), crawled_pin(2)]).encode()

        result = read(named(data, "x"))

        assert len(result.items) + len(result.rejections) == 2
        assert result.items[-1].saved_at is not None
        assert all(item.saved_at is None for item in result.items[:-1])

    def test_a_bad_row_of_csv_costs_only_itself(self) -> None:
        data = b"id,grid_title,board/name\n1,a,K\n2,b\rc,K\n3,d,K\n"

        result = read(named(data, "x"))

        assert [item.ref for item in result.items] == ["pin:1", "pin:3"]
        assert result.reasons == ["record_invalid"]

    @example(0, b'",\r', 0, "list")
    @settings(max_examples=150, deadline=None)
    @given(
        st.integers(0, 10_000),
        st.binary(max_size=8),
        st.integers(0, 40),
        st.sampled_from(["list", "lines", "wrapped", "zip"]),
    )
    def test_changed_bytes_never_lose_the_balance(
        self, at: int, insert: bytes, cut: int, form: str
    ) -> None:
        rows = quirky_export()
        text = {
            "list": json.dumps(rows),
            "lines": "\n".join(json.dumps(row) for row in rows),
            "wrapped": json.dumps({"data": {"results": rows}}),
            "zip": json.dumps(rows),
        }[form].encode()
        at %= len(text)
        changed = text[:at] + insert + text[at + cut :]
        file = zip_file({"x.json": changed}) if form == "zip" else named(changed, "x")

        try:
            pages = list(open_import([file]).pages(page_size=3))
        except FileRefusedError:
            return

        indexes = sorted(
            index for page in pages for index in indexes_of(page.items, page.rejections)
        )
        assert indexes == list(range(len(indexes)))


class TestRefusals:
    @pytest.mark.parametrize(
        "data",
        [
            b"<html><body>not an export</body></html>",
            b"just some text",
            b"[]",
            b'{"a": "\xff\xfe"}',
            b'[{"title": "<img src=x>", "uri": "javascript:alert(1)"}]',
            b"[NaN, Infinity]",
            b"[" + b"9" * 100_000 + b"]",
            b"[" * 200_000 + b"]" * 200_000,
            bytes(range(256)) * 10,
            b"\xff\xd8\xff\xe0 a picture",
            json.dumps({"comments_v2": [meta_row("Ann commented.")]}).encode(),
        ],
    )
    def test_what_no_reader_knows_is_refused_with_help(self, data: bytes) -> None:
        with pytest.raises(FileRefusedError) as caught:
            open_import([named(data, "x")])

        assert caught.value.message.endswith((".", ")."))

    def test_an_empty_file_says_so(self) -> None:
        with pytest.raises(CorruptFileError, match="is empty"):
            open_import([named(b"", "x.zip")])

    def test_nested_archives_are_not_opened(self) -> None:
        inner = zip_file({"a.json": json.dumps([crawled_pin()]).encode()}).read()

        with pytest.raises(UnsupportedFileError, match="Unpack the outer one"):
            open_import([zip_file({"a.zip": inner, "b.zip": inner})])

    def test_an_encrypted_archive_is_refused(self) -> None:
        data = bytearray(zip_file({"a.json": b"[]"}).read())
        data[data.rindex(b"PK\x01\x02") + 8] |= 1

        with pytest.raises(ArchiveRefusedError, match="password"):
            open_import([named(bytes(data), "x.zip")])

    def test_files_of_two_services_are_not_one_import(self) -> None:
        with pytest.raises(UnsupportedFileError, match="different services"):
            open_import([json_file([crawled_pin()]), named(_saves(), "your_saved_items.json")])

    def test_no_name_of_a_member_becomes_a_path(self) -> None:
        info = zipfile.ZipInfo("x")
        info.filename = "../../evil.json"
        file = zip_file({"good.json": json.dumps([crawled_pin()]).encode()})
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(info, json.dumps([crawled_pin(2)]))

        result = read(file)

        assert len(result.items) == 1
        assert [member.reason for member in result.reader.skipped_members] == ["unsafe_name"]


class TestMemory:
    def test_a_long_file_needs_no_more_than_a_short_one(self) -> None:
        tracemalloc = pytest.importorskip("tracemalloc")
        peaks = []
        for count in (3_000, 12_000):
            data = json.dumps([crawled_pin(number) for number in range(count)]).encode()
            reader = open_import([zip_file({"x.json": data})])
            tracemalloc.start()
            for _ in reader.pages(page_size=500):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        assert peaks[1] < 1.3 * peaks[0]
