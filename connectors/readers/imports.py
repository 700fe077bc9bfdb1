"""Make one import out of the files that a person brings."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from connectors.archives import SkippedMember, ZipArchive, ends_like_archive
from connectors.archives.gzip import MAGIC as GZIP_MAGIC
from connectors.errors import CorruptFileError, UnsupportedFileError
from connectors.items import JSONValue, Page, Source
from connectors.readers.contents import Content, FileContent, GzipContent, ZipContent
from connectors.readers.embedded import finder_in
from connectors.readers.kinds import KINDS, Kind
from connectors.readers.members import Member
from connectors.readers.meta.collections import taking_apart
from connectors.readers.meta.names import names_collections
from connectors.readers.meta.rows import MetaReader
from connectors.readers.meta.scrape import ScrapedPostReader
from connectors.readers.pages import Pager, Position
from connectors.readers.pinterest.html import AccountExportReader
from connectors.readers.refusals import explain
from connectors.readers.sniff import Finding, sniff
from connectors.readers.sqlite.beside import WAL, Beside, lacks_log, owner_of, parted
from connectors.readers.sqlite.copies import DatabaseContent
from connectors.readers.sqlite.scraper import ScrapedPinReader
from connectors.readers.units import PinReader, UnitReader

DEFAULT_PAGE_SIZE = 2_000
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OFFICE_FOLDERS = ("xl/", "word/", "ppt/")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
_FORMATS = ("json", "lines", "csv", "html", "database")
_COPY_MARK = re.compile(r"\s*\(\d+\)$")
_PART_NUMBER = re.compile(r"_(\d{1,6})$")
_READERS: dict[str, Callable[[], UnitReader]] = {
    "pinterest_crawler": lambda: PinReader(drops_promoted=False),
    "pinterest_scrape": lambda: PinReader(drops_promoted=False),
    "pinterest_database": ScrapedPinReader,
    "pinterest_web": lambda: PinReader(drops_promoted=True),
    "pinterest_html": AccountExportReader,
    "facebook_json": MetaReader,
    "facebook_html": MetaReader,
    "facebook_scrape": ScrapedPostReader,
    "instagram_json": MetaReader,
}
# They tell equal rows apart by counting, which begins anew in each file.
_OF_ONE_FILE = frozenset({MetaReader, ScrapedPostReader})


class ImportReader:
    """One import: what it is, and its pages.

    Attributes:
        kind: short and stable, such as ``pinterest_crawler``.
        kind_label: the same for people.
        source: where the saved things live.
        streams: which named lists the import fills.
        skipped_members: files and members that were left out, with the rule.
    """

    def __init__(
        self, kind: Kind, parts: tuple[Finding, ...], skipped: tuple[SkippedMember, ...]
    ) -> None:
        """Read ``parts`` in this order."""
        self.kind = kind.name
        self.kind_label = kind.label
        self.source: Source = kind.source
        self.streams = kind.streams
        self.skipped_members = skipped
        self._parts = parts

    def pages(
        self, cursor: dict[str, JSONValue] | None = None, page_size: int = DEFAULT_PAGE_SIZE
    ) -> Iterator[Page]:
        """Yield the pages behind ``cursor``, or all of them.

        The last page of a whole import has ``is_last``; behind its cursor nothing follows.

        Raises:
            FileRefusedError: after all pages, where a file breaks off or turns out to be
                harmful; the pages stay valid.
        """
        position = Position.from_cursor(cursor)
        return Pager(_members_of(self._parts), position=position, page_size=page_size).run()


def open_import(files: Sequence[BinaryIO]) -> ImportReader:
    """Say what the files are, and make them one import.

    Args:
        files: open and seekable, with a ``name``; they stay open while pages are read.

    Raises:
        UnsupportedFileError: no reader knows what is in them, or they do not belong together.
        CorruptFileError: nothing of them can be read.
        ArchiveRefusedError: an archive breaks a rule.
    """
    skipped: list[SkippedMember] = []
    findings: list[Finding] = []
    loose = [_as_brought(file) for file in files]
    for content, beside in parted(loose):
        findings += _look_into(content, beside, skipped)
    known = [finding for finding in findings if finding.kind]
    if not known:
        message = explain(findings, skipped)
        raise UnsupportedFileError(message, files=len(files), members=len(findings))
    known = _of_one_source(known, skipped)
    known = _without_twins(known, skipped)
    known = _without_copies(known, skipped)
    _note_unknown(findings, known, skipped)
    _note_logs(findings, known, skipped)
    known.sort(key=_reading_order)
    _check_totals(known)
    return ImportReader(KINDS[known[0].kind], tuple(known), tuple(skipped))


class _Brought(FileContent):
    """A file as it was brought, be it an archive."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file, name)
        self.file = file


def _as_brought(file: BinaryIO) -> _Brought:
    return _Brought(file, PurePosixPath(str(getattr(file, "name", "") or "upload")).name)


def _look_into(brought: _Brought, beside: Beside, skipped: list[SkippedMember]) -> list[Finding]:
    """Return what a file is, or what the members of an archive are."""
    file, name = brought.file, brought.name
    file.seek(0)
    magic = file.read(4)
    if not magic:
        message = f"“{name}” is empty. Download the export again and import the new file."
        raise CorruptFileError(message)
    if magic.startswith(GZIP_MAGIC):
        return [sniff(GzipContent(file, name), is_alone=True)]
    if not magic.startswith(_ZIP_MAGIC) and ends_like_archive(file):
        return [Finding(brought, reason="nested_archive", foreign="prefixed")]
    if not magic.startswith(_ZIP_MAGIC):
        return [sniff(brought, is_alone=True, beside=beside)]
    archive = ZipArchive(file, label=name)
    if _is_office_file(file, archive):
        return [Finding(brought, reason="unknown", foreign="workbook")]
    skipped.extend(archive.skipped)
    contents = parted(ZipContent(archive, member) for member in archive.members)
    is_alone = len(contents) == 1
    return [sniff(each, is_alone=is_alone, beside=its_own) for each, its_own in contents]


def _is_office_file(file: BinaryIO, archive: ZipArchive) -> bool:
    """Say whether an archive is a file of a spreadsheet or word processor."""
    file.seek(0)
    is_open_document = _OPEN_DOCUMENT in file.read(200)
    names = {member.name for member in archive.members}
    in_folders = any(name.startswith(_OFFICE_FOLDERS) for name in names)
    return is_open_document or ("[Content_Types].xml" in names and in_folders)


def _of_one_source(known: list[Finding], skipped: list[SkippedMember]) -> list[Finding]:
    """Keep what belongs to one source; a likeness does not stand against a certainty."""
    if len(_sources(known)) > 1:
        best = max(finding.certainty for finding in known)
        doubtful = [finding for finding in known if finding.certainty < best]
        known = [finding for finding in known if finding.certainty == best]
        skipped.extend(SkippedMember(each.content.name, "other_source") for each in doubtful)
    if len(_sources(known)) > 1:
        message = "These files come from different services. Import those of each by themselves."
        raise UnsupportedFileError(message)
    return known


def _sources(known: list[Finding]) -> set[Source]:
    return {KINDS[finding.kind].source for finding in known}


def _without_twins(known: list[Finding], skipped: list[SkippedMember]) -> list[Finding]:
    """Keep one format of data that were exported in several: JSON before CSV before HTML.

    Twins have one name but for its ending, and lie in the same folder of the same archive or
    were brought side by side; files of the same name in two archives are two exports.
    """
    best: dict[object, int] = {}
    for finding in known:
        rank = _FORMATS.index(finding.format)
        best[_twin_key(finding)] = min(rank, best.get(_twin_key(finding), rank))
    kept = []
    for finding in known:
        if _FORMATS.index(finding.format) > best[_twin_key(finding)]:
            skipped.append(SkippedMember(finding.content.name, "twin"))
        else:
            kept.append(finding)
    return kept


def _place(finding: Finding) -> tuple[int, str]:
    """Return archive and folder; all files that were brought by themselves share one."""
    packed = _packed_content(finding.content)
    folder = str(PurePosixPath(finding.content.name).parent) if packed else ""
    return (id(packed.archive) if packed else 0), folder


def _twin_key(finding: Finding) -> object:
    return _place(finding), _stem(finding)


def _without_copies(known: list[Finding], skipped: list[SkippedMember]) -> list[Finding]:
    """Keep one of files with the same bytes, as when the same archive is brought twice."""
    sizes = Counter(finding.content.size_bytes for finding in known)
    seen: set[bytes] = set()
    kept = []
    for finding in known:
        size = finding.content.size_bytes
        if size is not None and sizes[size] > 1:
            digest = hashlib.sha256()
            for content in (finding.content, *_beside(finding).values()):
                for chunk in content.chunks():
                    digest.update(chunk)
            if digest.digest() in seen:
                skipped.append(SkippedMember(finding.content.name, "copy"))
                continue
            seen.add(digest.digest())
        kept.append(finding)
    return kept


def _note_unknown(
    findings: list[Finding], known: list[Finding], skipped: list[SkippedMember]
) -> None:
    """List what is no data, and call the other formats of the same data what they are."""
    twins = {_twin_key(finding) for finding in known}
    databases = {finding.content.name for finding in known if finding.format == "database"}
    for finding in findings:
        if databases and _belongs_to_database(finding, databases):
            continue
        if not finding.kind:
            reason = "twin" if _twin_key(finding) in twins else finding.reason
            skipped.append(SkippedMember(finding.content.name, reason))


def _belongs_to_database(finding: Finding, databases: set[str]) -> bool:
    """Say whether a file is no list of its own: a picture of a pin, or a log of one of several."""
    name = finding.content.name
    is_log = owner_of(name)[0] in databases
    return is_log or (finding.foreign == "picture" and "images/" in name)


def _note_logs(findings: list[Finding], known: list[Finding], skipped: list[SkippedMember]) -> None:
    """Tell of databases that may have rows in a file that was not read with them."""
    names = {finding.content.name for finding in findings}
    for finding in known:
        content = finding.content
        if isinstance(content, DatabaseContent) and lacks_log(content.inner, content.beside):
            log = f"{content.name}{WAL}"
            skipped.append(SkippedMember(log, "of_several" if log in names else "not_brought"))


def _beside(finding: Finding) -> Beside:
    return finding.content.beside if isinstance(finding.content, DatabaseContent) else {}


def _stem(finding: Finding) -> str:
    stem = PurePosixPath(finding.content.name).stem
    return _COPY_MARK.sub("", stem).casefold()


def _reading_order(finding: Finding) -> tuple[int, bool, int, str, int]:
    """Return where a file comes: what tells more of a pin or a post before what tells less."""
    stem = _stem(finding)
    part = _PART_NUMBER.search(stem)
    number = int(part[1]) if part else 0
    kind = list(KINDS).index(finding.kind)
    form = _FORMATS.index(finding.format)
    return kind, names_collections(stem), form, _PART_NUMBER.sub("", stem), number


def _check_totals(known: list[Finding]) -> None:
    read: dict[int, list[ZipContent]] = {}
    for finding in known:
        content = _packed_content(finding.content)
        if content is not None:
            read.setdefault(id(content.archive), []).append(content)
    for contents in read.values():
        contents[0].archive.check_total([content.member for content in contents])


def _packed_content(content: Content) -> ZipContent | None:
    inner = getattr(content, "inner", content)
    return inner if isinstance(inner, ZipContent) else None


def _members_of(parts: Sequence[Finding]) -> tuple[Member, ...]:
    """Return the parts with fresh readers: one for all of a kind, or one for each file."""
    find_picture = finder_in(_archives_of(parts))
    shared: dict[object, UnitReader] = {}
    members = []
    for part in parts:
        if part.parse is None:
            continue
        make, parse = _READERS[part.kind], part.parse
        reader: UnitReader = make()
        if make not in _OF_ONE_FILE:
            reader = shared.setdefault(make, reader)
        if isinstance(reader, MetaReader):
            reader.find_picture = find_picture
            parse = taking_apart(parse)
        if isinstance(reader, ScrapedPinReader):
            reader.find_picture = find_picture
        members.append(Member(part.content, parse, reader))
    return tuple(members)


def _archives_of(parts: Sequence[Finding]) -> list[ZipArchive]:
    packed = (_packed_content(part.content) for part in parts)
    return list({id(each.archive): each.archive for each in packed if each}.values())
