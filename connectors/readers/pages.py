"""Cut a stream of units into pages with cursors that continue exactly behind them."""

import dataclasses
from collections.abc import Iterator

from connectors.errors import CorruptFileError, FileRefusedError
from connectors.items import BoardRef, JSONValue, Page, Rejection, SavedItem
from connectors.readers.batches import Batch
from connectors.readers.members import Member
from connectors.readers.units import Unit

CURSOR_VERSION = 1
_PAGE_RAW_BYTES = 16 * 1024 * 1024


@dataclasses.dataclass(slots=True)
class Position:
    """A place between two records of an import.

    Attributes:
        member: number of the member; the count of members at the end.
        restart_at: offset from which its parser can start again.
        skip: records between ``restart_at`` and the place.
        ordinal: records between the start of the member and the place.
        index: raw records before the place, in the whole import.
        broken: sentences about members that broke off before the place.
        is_done: the place is the end.
    """

    member: int = 0
    restart_at: int = 0
    skip: int = 0
    ordinal: int = 0
    index: int = 0
    broken: list[str] = dataclasses.field(default_factory=list)
    is_done: bool = False

    @classmethod
    def from_cursor(cls, cursor: dict[str, JSONValue] | None) -> "Position":
        """Return the place that a page's cursor names; the start for None or an empty one."""
        if not cursor:
            return cls()
        numbers = {
            name: value
            for name in ("member", "restart_at", "skip", "ordinal", "index")
            if isinstance(value := cursor.get(name), int)
        }
        broken = cursor.get("broken")
        sentences = [str(each) for each in broken] if isinstance(broken, list) else []
        return cls(**numbers, broken=sentences, is_done=cursor.get("is_done") is True)

    def to_cursor(self) -> dict[str, JSONValue]:
        """Return the place as a JSON object."""
        return {
            "version": CURSOR_VERSION,
            "member": self.member,
            "restart_at": self.restart_at,
            "skip": self.skip,
            "ordinal": self.ordinal,
            "index": self.index,
            "broken": list(self.broken),
            "is_done": self.is_done,
        }


class Pager:
    """Reads the members one after the other and yields their pages."""

    def __init__(self, members: tuple[Member, ...], *, position: Position, page_size: int) -> None:
        """Continue at ``position`` with pages of at most ``page_size`` records."""
        self._members = members
        self._start = position
        self._here = dataclasses.replace(position, broken=list(position.broken))
        self._page_size = page_size
        self._items: list[SavedItem] = []
        self._rejections: list[Rejection] = []
        self._boards: list[BoardRef] = []
        self._raw_bytes = 0
        self._bytes_before = 0
        self._bytes_in_member = 0
        sizes = [member.content.size_bytes for member in members]
        self._bytes_total = None if None in sizes else sum(size or 0 for size in sizes)

    def run(self) -> Iterator[Page]:
        """Yield the pages.

        Raises:
            FileRefusedError: after the last page, where a member broke off.
        """
        if self._start.is_done:
            return
        for number, member in enumerate(self._members):
            if number < self._start.member:
                if any(later.reader is member.reader for later in self._members[number + 1 :]):
                    self._pass_over(member)
            else:
                yield from self._read_member(number, member)
            self._bytes_before += member.content.size_bytes or 0
            self._bytes_in_member = 0
        if self._here.broken:
            if self._count():
                yield self._flush()
            raise CorruptFileError(" ".join(self._here.broken), broken=len(self._here.broken))
        self._here.is_done = True
        yield self._flush()

    def _pass_over(self, member: Member) -> None:
        if not member.reader.is_stateful:
            return
        try:
            for batch in member.batches(0):
                member.reader.begin(batch, member.content.name)
                for value in batch.values:
                    member.reader.skim(value)
        except FileRefusedError:
            return  # it was reported when the member was read

    def _read_member(self, number: int, member: Member) -> Iterator[Page]:
        here, start = self._here, self._start
        is_resumed = number == start.member
        if not is_resumed:
            here.ordinal = 0
        here.member = number
        restart_at = start.restart_at if is_resumed and not member.reader.is_stateful else 0
        to_skip = 0
        if is_resumed:
            to_skip = start.ordinal if member.reader.is_stateful else start.skip
        try:
            for batch in member.batches(restart_at):
                skipped = min(to_skip, len(batch.values))
                to_skip -= skipped
                yield from self._read_batch(member, batch, skipped)
        except FileRefusedError as exc:
            here.broken.append(exc.message)
        here.member, here.restart_at, here.skip, here.ordinal = number + 1, 0, 0, 0

    def _read_batch(self, member: Member, batch: Batch, skipped: int) -> Iterator[Page]:
        reader, here = member.reader, self._here
        reader.begin(batch, member.content.name)
        values = batch.values
        for at in range(skipped):
            reader.skim(values[at])
        for at in range(skipped, len(values)):
            if self._is_full():
                yield self._flush()
            self._add(reader.read(values[at], here.index))
            here.restart_at = batch.restart_at
            here.skip = batch.records_before + at + 1
            here.ordinal += 1
            self._bytes_in_member = batch.ends_at

    def _add(self, unit: Unit) -> None:
        if unit.__class__ is SavedItem:
            self._items.append(unit)
            self._raw_bytes += len(unit.raw)
            for picture in unit.media:
                self._raw_bytes += len(picture.content)
            self._here.index += 1
        elif isinstance(unit, Rejection):
            self._rejections.append(unit)
            self._here.index += 1
        elif isinstance(unit, BoardRef):
            self._boards.append(unit)

    def _count(self) -> int:
        return len(self._items) + len(self._rejections) + len(self._boards)

    def _is_full(self) -> bool:
        return self._count() >= self._page_size or self._raw_bytes >= _PAGE_RAW_BYTES

    def _flush(self) -> Page:
        page = Page(
            items=tuple(self._items),
            rejections=tuple(self._rejections),
            cursor=self._here.to_cursor(),
            boards=tuple(self._boards),
            bytes_read=self._bytes_before + self._bytes_in_member,
            bytes_total=self._bytes_total,
            is_last=self._here.is_done,
        )
        self._items, self._rejections, self._boards = [], [], []
        self._raw_bytes = 0
        return page
