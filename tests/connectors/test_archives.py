"""Archives are checked before they are read, and bounded while they are."""

import contextlib
import gzip
import io
import json
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archives import ArchiveLimits, ZipArchive, read_gzip
from connectors.errors import ArchiveRefusedError

CORPUS = Path(__file__).resolve().parents[3] / "shared/data/bad_inputs"


def make_zip(
    members: list[tuple[str | zipfile.ZipInfo, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # doubled names are the point
        with zipfile.ZipFile(file, "w", method) as archive:
            for name, data in members:
                info = zipfile.ZipInfo(name) if isinstance(name, str) else name
                info.compress_type = method
                archive.writestr(info, data)
            archive.comment = comment
    return file.getvalue()


def open_zip(data: bytes, limits: ArchiveLimits | None = None) -> ZipArchive:
    return ZipArchive(io.BytesIO(data), label="x.zip", limits=limits or ArchiveLimits())


def read_all(archive: ZipArchive) -> dict[str, bytes]:
    return {member.name: b"".join(archive.read(member)) for member in archive.members}


def refusal(data: bytes, limits: ArchiveLimits | None = None) -> ArchiveRefusedError:
    with pytest.raises(ArchiveRefusedError) as caught:
        read_all(open_zip(data, limits))
    return caught.value


GOOD = make_zip([("a.json", b'{"k":1}' * 50)])
ENTRY = GOOD.rindex(b"PK\x01\x02")


def patched(at: int, value: bytes, data: bytes = GOOD) -> bytes:
    return data[:at] + value + data[at + len(value) :]


class TestReading:
    def test_members_come_out_as_they_went_in(self) -> None:
        members = {"a/b.json": b"[1]", "stored.txt": b"x" * 1000, "été.json": b"{}"}

        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            assert read_all(open_zip(make_zip(list(members.items()), method))) == members

    def test_slashes_of_windows_are_slashes(self) -> None:
        archive = open_zip(make_zip([("dir/x.json", b"[]")]).replace(b"dir/x", b"dir\\x"))

        assert read_all(archive) == {"dir/x.json": b"[]"}
        assert archive.skipped == ()

    def test_two_members_can_be_read_side_by_side(self) -> None:
        first, second = b"a" * 700_000 + b"b", b"c" * 700_000 + b"d"
        archive = open_zip(make_zip([("1", first), ("2", second)]))
        one, two = (archive.read(member) for member in archive.members)

        parts = [(a, b) for a, b in zip(one, two, strict=True)]

        assert b"".join(a for a, _ in parts) == first
        assert b"".join(b for _, b in parts) == second

    def test_sizes_of_64_bits_are_understood(self) -> None:
        file = io.BytesIO()
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("big.json", "w", force_zip64=True) as member,
        ):
            member.write(b"[]")
        data = file.getvalue()
        wide = _with_zip64_directory(data)

        assert read_all(open_zip(data)) == {"big.json": b"[]"}
        assert read_all(open_zip(wide)) == {"big.json": b"[]"}

    def test_an_empty_archive_has_no_members(self) -> None:
        assert open_zip(b"PK\x05\x06" + bytes(18)).members == ()

    def test_data_before_the_archive_are_harmless(self) -> None:
        file = io.BytesIO(b"GIF89a" + bytes(100))
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("a.json", "{}")

        assert read_all(open_zip(file.getvalue())) == {"a.json": b"{}"}


def _with_zip64_directory(data: bytes) -> bytes:
    """Return the archive with a 64-bit end record and sizes in the extra field."""
    entry_at, end_at = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry = bytearray(data[entry_at:end_at])
    packed, real, name_length, extra_length = (
        *struct.unpack_from("<II", entry, 20),
        *struct.unpack_from("<HH", entry, 28),
    )
    header_at = struct.unpack_from("<I", entry, 42)[0]
    name = bytes(entry[46 : 46 + name_length])
    extra = struct.pack("<HHQQQ", 1, 24, real, packed, header_at)
    struct.pack_into("<II", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<HH", entry, 28, name_length, len(extra))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    table = bytes(entry[:46]) + name + extra + bytes(entry[46 + name_length + extra_length :])
    record_at = entry_at + len(table)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(table), entry_at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, record_at, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:entry_at] + table + record + locator + end


class TestRefusals:
    @pytest.mark.parametrize("method", [1, 6, 9, 12, 14, 93, 99])
    def test_other_methods_are_refused(self, method: int) -> None:
        data = patched(ENTRY + 10, struct.pack("<H", method))
        data = patched(8, struct.pack("<H", method), data)

        assert refusal(data).reason == "method"

    def test_a_password_is_refused_with_advice(self) -> None:
        error = refusal(patched(6, b"\1", patched(ENTRY + 8, b"\1")))

        assert error.reason == "encrypted"
        assert "Unpack it" in error.message

    def test_a_wrong_checksum_is_found(self) -> None:
        assert refusal(patched(ENTRY + 16, b"\1\2\3\4")).reason == "crc"

    def test_more_data_than_announced_end_the_reading(self) -> None:
        assert refusal(patched(ENTRY + 24, struct.pack("<I", 10))).reason == "size"

    def test_a_bomb_is_refused_before_it_is_read(self) -> None:
        assert refusal(make_zip([("a.json", bytes(20 << 20))])).reason == "bomb"

    def test_a_bomb_that_lies_is_stopped_while_it_is_read(self) -> None:
        data = make_zip([("a.json", bytes(20 << 20))])
        data = patched(data.rindex(b"PK\x01\x02") + 24, struct.pack("<I", 1000), data)

        assert refusal(data).reason == "size"

    def test_overlapping_members_are_refused(self) -> None:
        end = GOOD.rindex(b"PK\x05\x06")
        entry = GOOD[ENTRY:end]
        table = entry * 3
        end_record = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 3, 3, len(table), ENTRY, 0)

        assert refusal(GOOD[:ENTRY] + table + end_record).reason == "overlap"

    def test_another_name_before_the_data_is_refused(self) -> None:
        assert refusal(GOOD.replace(b"a.json", b"b.json", 1)).reason == "name"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (GOOD[: len(GOOD) // 2], "truncated"),
            (GOOD[:-22], "truncated"),
            (GOOD + b"x", "truncated"),
            (make_zip([("a", b"b")], comment=b"PK\x05\x06" * 100), "ambiguous"),
            (patched(len(GOOD) - 6, struct.pack("<I", 0xFFFFFFF0)), "damaged"),
        ],
    )
    def test_a_broken_directory_is_refused(self, data: bytes, reason: str) -> None:
        assert refusal(data).reason == reason

    def test_too_many_entries_are_refused(self) -> None:
        data = make_zip([(f"{number}", b"") for number in range(11)])

        assert refusal(data, ArchiveLimits(entries=10)).reason == "too_many_entries"

    def test_a_member_beyond_the_limit_is_refused_while_it_is_read(self) -> None:
        data = make_zip([("a", bytes(range(256)) * 100)], zipfile.ZIP_STORED)

        assert refusal(data, ArchiveLimits(member_bytes=10_000)).reason == "too_big"

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6))
    def test_changed_bytes_never_cause_another_error(self, changes: list[tuple[int, int]]) -> None:
        data = bytearray(GOOD)
        for at, value in changes:
            data[at] = value

        with contextlib.suppress(ArchiveRefusedError):
            read_all(open_zip(bytes(data)))


class TestSkippedMembers:
    @pytest.mark.parametrize(
        "name",
        [
            "../evil.json",
            "/etc/passwd",
            "..\\..\\evil",
            "C:evil",
            "a/../../b",
            "a\nb.json",
            "." * 300,
            "d/" * 200 + "x",
            "/",
            "",
        ],
    )
    def test_names_that_play_tricks_are_left_out(self, name: str) -> None:
        info = zipfile.ZipInfo("x")
        info.filename = name

        archive = open_zip(make_zip([(info, b"{}"), ("good.json", b"[]")]))

        assert [member.name for member in archive.members] == ["good.json"]
        assert [member.reason for member in archive.skipped] == ["unsafe_name"]

    @pytest.mark.parametrize(
        ("mode", "reason"), [(0o120777, "link"), (0o010644, "device"), (0o020666, "device")]
    )
    def test_links_and_devices_are_left_out(self, mode: int, reason: str) -> None:
        info = zipfile.ZipInfo("link")
        info.create_system = 3
        info.external_attr = mode << 16

        archive = open_zip(make_zip([(info, b"/tmp"), ("link/x.json", b"[]")]))

        assert [member.name for member in archive.members] == ["link/x.json"]
        assert [member.reason for member in archive.skipped] == [reason]

    def test_doubled_names_and_system_files_are_left_out(self) -> None:
        names = ["a.json", "A.JSON", "__MACOSX/._a.json", ".DS_Store", "._b.json"]

        archive = open_zip(make_zip([(name, b"1") for name in names]))

        assert [member.name for member in archive.members] == ["a.json"]
        assert [member.reason for member in archive.skipped] == [
            "duplicate_name",
            "system_file",
            "system_file",
            "system_file",
        ]

    def test_labels_hold_no_characters_that_turn_text_round(self) -> None:
        archive = open_zip(make_zip([("\u202egnp.exe", b"x")]))

        assert archive.members[0].label == "gnp.exe"


class TestGzip:
    def test_data_come_out_as_they_went_in_even_in_several_streams(self) -> None:
        data = gzip.compress(b"one ") + gzip.compress(b"two") + bytes(100)

        assert b"".join(read_gzip(io.BytesIO(data), label="x.gz")) == b"one two"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (gzip.compress(b"x" * 1000, mtime=0)[:-9], "truncated"),
            (b"\x1f\x8b" + b"junk" * 10, "damaged"),
            (gzip.compress(bytes(20 << 20), mtime=0), "bomb"),
        ],
    )
    def test_harmful_data_are_refused(self, data: bytes, reason: str) -> None:
        with pytest.raises(ArchiveRefusedError) as caught:
            list(read_gzip(io.BytesIO(data), label="x.gz"))

        assert caught.value.reason == reason


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of bad inputs is not here")
class TestCorpus:
    def test_every_archive_gets_its_verdict(self) -> None:
        expected = json.loads((CORPUS / "gen/expected.json").read_text())
        wrong = {}
        for path in sorted((CORPUS / "gen").glob("*.zip")):
            verdict, wanted = _verdict(path), expected[path.name][0]
            # What is inside an archive is judged by readers: nested archives and bad JSON.
            is_inner = wanted in {"neutral", "json-reject"} or "nested" in path.name
            if not is_inner and verdict != wanted:
                wrong[path.name] = (verdict, wanted)

        assert wrong == {}

    def test_every_malformed_archive_is_refused_or_skipped(self) -> None:
        verdicts = {path.name: _verdict(path) for path in (CORPUS / "yauzl").glob("failure_*")}

        assert {name for name, verdict in verdicts.items() if verdict == "accept"} == set()


def _verdict(path: Path) -> str:
    try:
        with path.open("rb") as file:
            archive = ZipArchive(file, label=path.name)
            for member in archive.members:
                for _ in archive.read(member):
                    pass
    except ArchiveRefusedError:
        return "reject"
    return "skip-entry" if archive.skipped else "accept"
