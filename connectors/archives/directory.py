"""The table of contents of a ZIP file: where it is, what it lists, whether it is consistent."""

import dataclasses
import stat
import struct
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from connectors.archives.limits import ArchiveLimits, damaged
from connectors.archives.names import is_system_name, is_unsafe_name, label_of
from connectors.errors import ArchiveRefusedError

_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_EXTRA = struct.Struct("<HH")

_END_MAGIC = b"PK\x05\x06"
_END64_MAGIC = b"PK\x06\x06"
_LOCATOR64_MAGIC = b"PK\x06\x07"
_ENTRY_MAGIC = b"PK\x01\x02"
_SPLIT_MAGIC = b"PK\x07\x08"
_ZIP64_EXTRA = 1
_MAX_COMMENT = 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF

_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_UTF8_FLAG = 0x800
_STORED, _DEFLATED = 0, 8


@dataclasses.dataclass(frozen=True, slots=True)
class MemberInfo:
    """One entry of the directory, as the directory claims it.

    Attributes:
        name: the decoded name; a label, never a path.
        raw_name: its bytes, to compare with the header before the data.
        method: 0 stored, 8 deflated.
        flags: general purpose bits.
        crc: CRC-32 of the real data.
        packed_bytes, real_bytes: sizes in the archive and unpacked.
        header_at: position of the header before the data.
        mode: Unix mode bits; 0 where the archive has none.
    """

    name: str
    raw_name: bytes
    method: int
    flags: int
    crc: int
    packed_bytes: int
    real_bytes: int
    header_at: int
    mode: int

    @property
    def label(self) -> str:
        """Return the name fit to be shown."""
        return label_of(self.name)


@dataclasses.dataclass(frozen=True, slots=True)
class SkippedMember:
    """A member that was left out, and the rule, such as ``link`` or ``twin``."""

    name: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Directory:
    """All entries, those that may be read, those left out, and where the table starts."""

    entries: tuple[MemberInfo, ...]
    members: tuple[MemberInfo, ...]
    skipped: tuple[SkippedMember, ...]
    starts_at: int


def read_directory(file: BinaryIO, *, label: str, limits: ArchiveLimits) -> Directory:
    """Read and check the table of contents.

    Raises:
        ArchiveRefusedError: the table is missing, ambiguous, too big, or lists what is refused.
    """
    starts_at, size, count = _find_table(file, label)
    if size > limits.directory_bytes or count > limits.entries:
        raise ArchiveRefusedError(
            f"“{label}” lists {count:,} files; at most {limits.entries:,} are read. "
            "Upload only the data files of the export.",
            reason="too_many_entries",
        )
    file.seek(starts_at)
    table = file.read(size)
    entries = tuple(_parse_entries(table, label))
    if len(entries) != count:
        raise damaged(label, "its table of contents lists another number of files than it says")
    for entry in entries:
        _refuse_entry(entry, label, limits)
    return _sort_out(entries, starts_at)


def ends_like_archive(file: BinaryIO) -> bool:
    """Say whether a file ends with the end of an archive, however it begins."""
    tail_at = max(0, file.seek(0, 2) - _END.size - _MAX_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or at + _END.size > len(tail):
        return False
    size, starts_at, comment_length = _END.unpack_from(tail, at)[5:]
    is_last = at + _END.size + comment_length == len(tail)
    return bool(is_last and starts_at + size <= tail_at + at)


def _find_table(file: BinaryIO, label: str) -> tuple[int, int, int]:
    """Return position, size and entry count of the directory."""
    file.seek(0)
    if file.read(4) == _SPLIT_MAGIC:
        raise damaged(label, "it is one part of an archive split into several", reason="split")
    total = file.seek(0, 2)
    tail_at = max(0, total - _END.size - _MAX_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    end_at = _find_end_record(tail, label)
    _, disk, start_disk, here, count, size, starts_at, _ = _END.unpack_from(tail, end_at)
    table_ends_at = tail_at + end_at
    zip64 = _read_zip64(file, table_ends_at, label)
    if zip64 is not None:
        disk, start_disk, here, count, size, starts_at, table_ends_at = zip64
    if disk or start_disk or here != count:
        raise damaged(label, "it is one part of an archive split over several disks")
    if starts_at + size != table_ends_at:
        raise damaged(label, "its table of contents is not where its end record says")
    return starts_at, size, count


def _find_end_record(tail: bytes, label: str) -> int:
    """Return the index of the one end record whose comment ends exactly with the file."""
    found = []
    at = tail.rfind(_END_MAGIC)
    while at >= 0:
        if at + _END.size <= len(tail):
            comment_length = struct.unpack_from("<H", tail, at + _END.size - 2)[0]
            if at + _END.size + comment_length == len(tail):
                found.append(at)
        at = tail.rfind(_END_MAGIC, 0, at)
    if not found:
        raise damaged(label, "its end is missing or cut off", reason="truncated")
    if len(found) > 1 or _END_MAGIC in tail[found[0] + 4 :]:
        raise damaged(label, "it has more than one end", reason="ambiguous")
    return found[0]


def _read_zip64(
    file: BinaryIO, end_at: int, label: str
) -> tuple[int, int, int, int, int, int, int] | None:
    """Return the fields of the large-file end record before ``end_at``; None without one."""
    locator_at = end_at - _LOCATOR64.size
    if locator_at < 0:
        return None
    file.seek(locator_at)
    magic, _, record_at, disks = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
    if magic != _LOCATOR64_MAGIC:
        return None
    if disks > 1 or record_at + _END64.size > locator_at:
        raise damaged(label, "its large-file end record is out of place")
    file.seek(record_at)
    record = _END64.unpack(file.read(_END64.size))
    magic, length, _, _, disk, start_disk, here, count, size, starts_at = record
    if magic != _END64_MAGIC or record_at + 12 + length != locator_at:
        raise damaged(label, "its large-file end record is invalid")
    return disk, start_disk, here, count, size, starts_at, record_at


def _parse_entries(table: bytes, label: str) -> Iterator[MemberInfo]:
    at = 0
    while at < len(table):
        if at + _ENTRY.size > len(table):
            raise damaged(label, "its table of contents breaks off")
        fields = _ENTRY.unpack_from(table, at)
        magic, _, _, flags, method, _, _, crc, packed, real = fields[:10]
        name_length, extra_length, comment_length, disk, _, attributes, header_at = fields[10:]
        name_at = at + _ENTRY.size
        extra_at = name_at + name_length
        at = extra_at + extra_length + comment_length
        if magic != _ENTRY_MAGIC or at > len(table) or disk not in {0, 0xFFFF}:
            raise damaged(label, "its table of contents is invalid")
        raw_name = table[name_at:extra_at]
        extra = table[extra_at : extra_at + extra_length]
        real, packed, header_at = _apply_zip64(extra, (real, packed, header_at), label)
        yield MemberInfo(
            name=_decode_name(raw_name, flags),
            raw_name=raw_name,
            method=method,
            flags=flags,
            crc=crc,
            packed_bytes=packed,
            real_bytes=real,
            header_at=header_at,
            mode=attributes >> 16,
        )


def _decode_name(raw_name: bytes, flags: int) -> str:
    """Return a name with the slashes of ZIP, for which old programs of Windows write others."""
    name = raw_name.decode("utf-8" if flags & _UTF8_FLAG else "cp437", "replace")
    return name.replace("\\", "/")


def _apply_zip64(extra: bytes, sizes: tuple[int, int, int], label: str) -> tuple[int, int, int]:
    """Replace the sizes that do not fit 32 bits by those of the extra field."""
    at = 0
    wide = b""
    while at + _EXTRA.size <= len(extra):
        tag, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if at + length > len(extra):
            raise damaged(label, "an extra field of its table of contents is too long")
        if tag == _ZIP64_EXTRA:
            wide = extra[at : at + length]
        at += length
    result = []
    for size in sizes:
        if size != _IN_ZIP64:
            result.append(size)
            continue
        if len(wide) < 8:  # noqa: PLR2004  # one 64-bit number
            raise damaged(label, "a large-file size is missing from its table of contents")
        result.append(int.from_bytes(wide[:8], "little"))
        wide = wide[8:]
    return result[0], result[1], result[2]


def _refuse_entry(entry: MemberInfo, label: str, limits: ArchiveLimits) -> None:
    """Raise where one entry is reason enough to refuse the archive."""
    if entry.flags & _ENCRYPTED_FLAGS:
        raise ArchiveRefusedError(
            f"“{label}” is protected with a password. Unpack it and upload the data file.",
            reason="encrypted",
        )
    if entry.method not in {_STORED, _DEFLATED}:
        raise ArchiveRefusedError(
            f"“{entry.label}” in “{label}” is packed with a method (no. {entry.method}) that is "
            "not read. Pack it again as an ordinary ZIP file.",
            reason="method",
        )
    if entry.method == _STORED and entry.packed_bytes != entry.real_bytes:
        raise damaged(label, f"the sizes of “{entry.label}” contradict each other", reason="size")
    if limits.is_bomb(packed_bytes=entry.packed_bytes, real_bytes=entry.real_bytes):
        raise ArchiveRefusedError(
            f"“{entry.label}” in “{label}” grows more than an export ever does when it is "
            "unpacked. Unpack it yourself and upload the data file if you trust it.",
            reason="bomb",
        )


def _sort_out(entries: tuple[MemberInfo, ...], starts_at: int) -> Directory:
    """Part the members that may be read from links, doubles and names that play tricks."""
    members: list[MemberInfo] = []
    skipped: list[SkippedMember] = []
    seen: set[str] = set()
    for entry in entries:
        if entry.name.endswith("/") and not is_unsafe_name(entry.name):
            continue
        folded = unicodedata.normalize("NFC", entry.name).casefold()
        kind = stat.S_IFMT(entry.mode)
        if is_unsafe_name(entry.name):
            skipped.append(SkippedMember(entry.label, "unsafe_name"))
        elif kind not in {0, stat.S_IFREG}:
            skipped.append(SkippedMember(entry.label, "link" if stat.S_ISLNK(kind) else "device"))
        elif is_system_name(entry.name):
            skipped.append(SkippedMember(entry.label, "system_file"))
        elif folded in seen:
            skipped.append(SkippedMember(entry.label, "duplicate_name"))
        else:
            members.append(entry)
        seen.add(folded)
    return Directory(entries, tuple(members), tuple(skipped), starts_at)
