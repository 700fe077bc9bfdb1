"""ZIP files: checked as a whole, then streamed member by member with real sizes counted."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from connectors.archives.directory import (
    Directory,
    MemberInfo,
    SkippedMember,
    read_directory,
)
from connectors.archives.limits import DEFAULT_LIMITS, ArchiveLimits, bomb, damaged
from connectors.errors import ArchiveRefusedError

_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_DEFLATED = 8
_PACKED_CHUNK = 128 * 1024
_REAL_CHUNK = 512 * 1024


class ZipArchive:
    """A ZIP file whose directory was checked before any data are read.

    Attributes:
        label: name of the file, for messages.
        members: what may be read, in the order of the directory.
        skipped: what was left out by a rule, with the rule.
    """

    def __init__(
        self, file: BinaryIO, *, label: str, limits: ArchiveLimits = DEFAULT_LIMITS
    ) -> None:
        """Read and check the directory and every local header.

        Raises:
            ArchiveRefusedError: the archive breaks a rule.
        """
        self.label = label
        self._file = file
        self._limits = limits
        directory = read_directory(file, label=label, limits=limits)
        self.members: tuple[MemberInfo, ...] = directory.members
        self.skipped: tuple[SkippedMember, ...] = directory.skipped
        self._data_at = self._check_spans(directory)

    def check_total(self, members: Iterable[MemberInfo]) -> None:
        """Refuse to read ``members`` when they are too much together."""
        if sum(member.real_bytes for member in members) > self._limits.total_bytes:
            raise self._too_big(self.label)

    def _check_spans(self, directory: Directory) -> dict[int, int]:
        """Return where the data of each entry start; refuse entries that overlap."""
        data_at: dict[int, int] = {}
        end_of_last = 0
        for member in sorted(directory.entries, key=lambda each: each.header_at):
            if member.header_at < end_of_last:
                raise damaged(self.label, "files in it overlap", reason="overlap")
            start = self._check_local_header(member, directory.starts_at)
            end_of_last = start + member.packed_bytes
            if end_of_last > directory.starts_at:
                raise damaged(self.label, f"“{member.label}” reaches beyond its place")
            data_at[member.header_at] = start
        return data_at

    def _check_local_header(self, member: MemberInfo, directory_at: int) -> int:
        """Return where the data start; refuse a header that contradicts the directory."""
        if member.header_at + _LOCAL.size > directory_at:
            raise damaged(self.label, f"“{member.label}” reaches beyond its place")
        self._file.seek(member.header_at)
        header = _LOCAL.unpack(self._file.read(_LOCAL.size))
        magic, _, flags, method = header[:4]
        name_length, extra_length = int(header[9]), int(header[10])
        if magic != _LOCAL_MAGIC or method != member.method or flags & 1 != member.flags & 1:
            raise damaged(self.label, f"the header of “{member.label}” is invalid")
        if self._file.read(name_length) != member.raw_name:
            raise damaged(self.label, f"“{member.label}” has two different names", reason="name")
        return member.header_at + _LOCAL.size + name_length + extra_length

    def read(self, member: MemberInfo) -> Iterator[bytes]:
        """Yield the data of a member in chunks of at most 512 KiB.

        Args:
            member: one of ``members``; reading may stop anywhere.

        Raises:
            ArchiveRefusedError: at the place where the data turn out to be more than, or other
                than, the directory says.
        """
        count, crc = 0, 0
        chunks = self._inflate(member) if member.method == _DEFLATED else self._stored(member)
        for chunk in chunks:
            count += len(chunk)
            self._check_size(member, count)
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if count != member.real_bytes or crc != member.crc:
            raise damaged(
                self.label, f"the data of “{member.label}” do not match its checksum", reason="crc"
            )

    def _check_size(self, member: MemberInfo, count: int) -> None:
        if count > member.real_bytes:
            raise damaged(
                self.label, f"“{member.label}” holds more data than it says", reason="size"
            )
        if self._limits.is_bomb(packed_bytes=member.packed_bytes, real_bytes=count):
            raise bomb(self.label, member.label)
        if count > self._limits.member_bytes:
            raise self._too_big(member.label)

    def _too_big(self, what: str) -> ArchiveRefusedError:
        return ArchiveRefusedError(
            f"“{what}” is bigger than the 4 GB that are read. Split the export into parts.",
            reason="too_big",
        )

    def _packed(self, member: MemberInfo) -> Iterator[bytes]:
        """Yield the bytes as they are in the archive; other reads may come in between."""
        at = self._data_at[member.header_at]
        left = member.packed_bytes
        while left:
            self._file.seek(at)
            chunk = self._file.read(min(left, _PACKED_CHUNK))
            if not chunk:
                raise damaged(self.label, f"“{member.label}” breaks off", reason="truncated")
            at += len(chunk)
            left -= len(chunk)
            yield chunk

    def _stored(self, member: MemberInfo) -> Iterator[bytes]:
        return self._packed(member)

    def _inflate(self, member: MemberInfo) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in self._packed(member):
                data = packed
                while data and not inflater.eof:
                    real = inflater.decompress(data, _REAL_CHUNK)
                    data = inflater.unconsumed_tail
                    if real:
                        yield real
            if real := inflater.flush():
                yield real
        except zlib.error as exc:
            raise damaged(self.label, f"the data of “{member.label}” are damaged") from exc
        if not inflater.eof or inflater.unused_data:
            raise damaged(self.label, f"the data of “{member.label}” are damaged")
