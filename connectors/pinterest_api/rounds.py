"""One way through an account: what changed, or all of it.

The API has no list of changes, so an **incremental** round compares the list of boards with what
was remembered of it: a board whose pins changed at another time, or are another number, is read
again, newest pins first, down to the first page on which every pin is known. A board that was
never read through, whose bookmark was refused in the middle, or that became secret or is not any
more, is read to its end: what is known of it proves nothing then.

A **sweep** reads every board to its end. A pin may be missed when others are removed while its
board is paged through, so the list of boards is asked again afterwards: only a board that it
describes as before is finished, and what did not come of it is gone. One that changed is read
again, up to `MAX_PASSES` times, and is spared after that. What is removed during a sweep, after it
was read, is found by the next one.

Whether the list of a board's pins has those of its sections is not described. Where it has not,
the sections are read by themselves; which boards need that is remembered.

Without the right to see secret boards, those that were seen before answer as if they were gone.
They are not: they stay as they are.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from connectors.base import (
    Access,
    Finished,
    KnowsScopes,
    SkippedBoard,
    SyncMode,
    SyncPage,
    SyncState,
)
from connectors.errors import FetchError
from connectors.items import BoardRef, Rejection, SavedItem
from connectors.pinterest_api.client import PinterestAPI
from connectors.pinterest_api.mapping import (
    Board,
    PinReader,
    read_board,
    read_sections,
    section_of,
)
from connectors.pinterest_api.paging import PAGE_SIZE, Listing, Reading
from connectors.pinterest_api.place import Place, Round
from connectors.readers.pinterest.boards import board_key

MAX_PASSES: Final = 3
# Of the references that came of a board, so many of the last are remembered.
MAX_NEW: Final = 1_000
SEES_SECRET: Final = "boards:read_secret"  # noqa: S105  # a right
_PASSED_OVER: Final = frozenset({"forbidden", "not_found"})


class Walk:
    """A run of an account; ends where its round does."""

    def __init__(self, access: Access, state: SyncState, *, page_size: int = PAGE_SIZE) -> None:
        self._api, self._state, self._page_size = PinterestAPI(access), state, page_size
        self._access = access
        self._pins = PinReader()
        self._place = Place.unpacked(state.cursor)
        self._round = self._place.round or Round(state.mode, 0)
        self._asked_sections: set[str] = set()
        self._hidden: set[str] = set()

    async def pages(self) -> AsyncIterator[SyncPage]:
        """Yield what comes, page by page, and in the end a page that says so."""
        if not self._goes_on():
            yield await self._begin()
        while True:
            while self._round.todo:
                async for page in self._read_board(self._round.todo[0]):
                    yield page
            if not self._round.read:
                break
            yield await self._compare()
        at, self._place.round = self._round, None
        finished: tuple[Finished, ...] = ()
        if at.mode is SyncMode.SWEEP and not at.is_cut:
            is_blind = not await self._sees_secret()
            finished = (Finished(at.generation, spared=tuple(at.spared), spares_secret=is_blind),)
        yield self._page(finished=finished, is_last=True)

    def _goes_on(self) -> bool:
        """Return whether the round that was left is the one that is wanted."""
        left, wanted = self._place.round, self._state
        if left is None or left.mode is not wanted.mode:
            return False
        return left.mode is not SyncMode.SWEEP or left.generation == wanted.generation

    async def _begin(self) -> SyncPage:
        """Begin a round: list the boards, and decide which of them are read."""
        left = self._place.round
        if left is not None and left.todo and (left.reading.pages or left.inner):
            # Its newest pins are known by now, and what lies behind them is not.
            self._place.marks.pop(left.todo[0].board_id, None)
        is_sweep = self._state.mode is SyncMode.SWEEP
        at = Round(self._state.mode, self._state.generation if is_sweep else 0)
        self._round = self._place.round = at
        boards, gone = await self._list_boards()
        marks = self._place.marks
        at.todo = [one for one in boards if is_sweep or marks.get(one.board_id) != one.mark]
        if not is_sweep:
            for board in at.todo:
                if board.pin_count == 0:
                    marks[board.board_id] = board.mark
            at.todo = [one for one in at.todo if one.pin_count != 0]
        if is_sweep or not any(one.board_id in marks for one in at.todo):
            counts = [one.pin_count for one in at.todo if one.pin_count is not None]
            at.expected = sum(counts) if len(counts) == len(at.todo) else None
        hidden = [(one, self._place.secret.get(one, "")) for one in sorted(self._hidden)]
        return self._page(
            boards=tuple(one.ref() for one in boards),
            gone_boards=gone,
            skipped=tuple(_hidden(*one) for one in hidden) if is_sweep else (),
        )

    def _listing(self, path: str, at: Reading | None = None) -> Listing:
        return Listing(self._api, path, page_size=self._page_size, at=at)

    async def _list_boards(self) -> tuple[list[Board], tuple[str, ...]]:
        """Return the boards of the account, and the keys of those that it has no more."""
        listing = self._listing("/boards")
        found = {one.board_id: one for row in await listing.all() if (one := read_board(row))}
        secret = self._place.secret
        gone = []
        if listing.is_cut:
            self._round.is_cut = True
            self._note_privacy(found.values())
            return list(found.values()), ()
        # The list may have moved while it was paged through: each board is asked for by itself.
        for board_id in [one for one in self._place.marks if one not in found]:
            if board_id in secret and not await self._sees_secret():
                self._hidden.add(board_id)
                self._spare(board_key(board_id, ""))
                continue
            board, is_gone = await self._ask_board(board_id)
            if board is not None:
                found[board_id] = board
            elif is_gone:
                self._place.forget(board_id)
                gone.append(board_key(board_id, ""))
        self._note_privacy(found.values())
        return list(found.values()), tuple(gone)

    def _note_privacy(self, boards: Iterable[Board]) -> None:
        """Remember which boards are secret; one that was not, or was, is read from end to end.

        Its pins are as secret as it is, and its mark says nothing of that.
        """
        place = self._place
        for board in boards:
            if board.is_hidden != (board.board_id in place.secret):
                place.marks.pop(board.board_id, None)
                if self._round.passes:
                    # What came of it in this sweep is not looked at again before the next run.
                    self._spare(board.key)
            place.secret.pop(board.board_id, None)
            if board.is_hidden:
                place.secret[board.board_id] = board.name

    async def _sees_secret(self) -> bool:
        """Return whether secret boards are listed, as far as is told."""
        granted = await self._access.granted() if isinstance(self._access, KnowsScopes) else ()
        return not granted or SEES_SECRET in granted

    async def _ask_board(self, board_id: str) -> tuple[Board | None, bool]:
        """Return a board where it can be read, and whether it is gone."""
        try:
            return read_board(await self._api.get(f"/boards/{board_id}")), False
        except FetchError as exc:
            if exc.fetch_code not in _PASSED_OVER:
                raise
            return None, exc.fetch_code == "not_found"

    async def _read_board(self, board: Board) -> AsyncIterator[SyncPage]:
        """Yield the pins of the board in hand, and of its sections where they come apart."""
        path = f"/boards/{board.board_id}"
        while self._is_in_hand(board):
            inner = self._round.inner
            section_id = inner[0] if inner else ""
            within = f"/sections/{section_id}" if section_id else ""
            async for page in self._read_list(board, f"{path}{within}/pins", section_id):
                yield page

    def _is_in_hand(self, board: Board) -> bool:
        return bool(self._round.todo) and self._round.todo[0] is board

    async def _read_list(self, board: Board, path: str, section_id: str) -> AsyncIterator[SyncPage]:
        """Yield one list of pins, as far as it is needed."""
        listing = self._listing(path, at=self._round.reading)
        is_whole = self._round.mode is SyncMode.SWEEP or board.board_id not in self._place.marks
        while True:
            try:
                records = await listing.next()
            except FetchError as exc:
                if exc.fetch_code not in _PASSED_OVER:
                    raise
                yield await self._pass_over(board, exc.fetch_code, is_section=bool(section_id))
                return
            items, rejections = await self._read_pins(records, board, listing.at, section_id)
            is_whole = is_whole or listing.at.restarts > 0
            at_end = listing.is_over or not (
                is_whole or await self._may_hide_more(items, listing.at)
            )
            self._round.reading = listing.at
            if at_end:
                await self._end_list(board, is_whole=is_whole, is_cut=listing.is_cut)
            yield self._page(items=tuple(items), rejections=tuple(rejections))
            if at_end:
                return

    async def _end_list(self, board: Board, *, is_whole: bool, is_cut: bool) -> None:
        """Go on to the next section that is read by itself, or end the board."""
        at = self._round
        if is_cut:
            self._spare(board.key)
        if at.inner is None:
            at.inner = [] if is_cut else await self._sections_apart(board, is_whole=is_whole)
        else:
            at.inner.pop(0)
        at.reading = Reading()
        if not at.inner:
            self._end_board(board)

    async def _sections_apart(self, board: Board, *, is_whole: bool) -> list[str]:
        """Return the sections whose pins the list of the board, which was just read, left out.

        Pinterest does not say whether it lists them. It does not where the list is shorter than
        the board, though no pin of it is in a section, and there are sections.
        """
        at, place = self._round.reading, self._place
        if is_whole:
            place.apart = [one for one in place.apart if one != board.board_id]
            if at.names_sections or (board.pin_count is not None and at.count >= board.pin_count):
                return []
        elif board.board_id not in place.apart:
            return []
        names = place.sections[board.board_id] = await self._list_sections(board.board_id)
        if names and board.board_id not in place.apart:
            place.apart.append(board.board_id)
        return list(names)

    async def _may_hide_more(self, items: list[SavedItem], at: Reading) -> bool:
        """Say whether unknown pins may lie behind a page.

        Args:
            items: of the page; where it has none, it tells nothing.
            at: what earlier pages of the board brought; a pin moves on to the next page when
                another is saved meanwhile, also while nobody reads.
        """
        refs = {item.ref for item in items}
        if not refs:
            return True
        unknown = refs - await self._state.known(refs)
        found_again = refs.intersection(at.new)
        at.new = [*at.new, *sorted(unknown)][-MAX_NEW:]
        return bool(unknown or found_again)

    async def _read_pins(
        self, records: list[Any], board: Board, at: Reading, within: str
    ) -> tuple[list[SavedItem], list[Rejection]]:
        items, rejections = [], []
        for record in records:
            section_id = section_of(record) or within
            at.names_sections = at.names_sections or bool(section_id)
            section = await self._name_section(board.board_id, section_id) if section_id else ""
            found = self._pins.read(record, self._round.count, board, section)
            self._round.count += 1
            if isinstance(found, Rejection):
                rejections.append(found)
            else:
                items.append(found)
        return items, rejections

    async def _name_section(self, board_id: str, section_id: str) -> str:
        """Return the name of a section; asked for once, and once more in each sweep."""
        names = self._place.sections.get(board_id, {})
        is_fresh = board_id in self._asked_sections or self._round.mode is not SyncMode.SWEEP
        if section_id not in names or not is_fresh:
            self._asked_sections.add(board_id)
            # One that is not listed is not asked for again by each of its pins.
            names = {section_id: "", **await self._list_sections(board_id)}
            self._place.sections[board_id] = names
        return names.get(section_id, "")

    async def _list_sections(self, board_id: str) -> dict[str, str]:
        """Return the names of a board's sections by their ids."""
        try:
            listed = await self._listing(f"/boards/{board_id}/sections").all()
        except FetchError as exc:
            if exc.fetch_code not in _PASSED_OVER:
                raise
            return {}
        return read_sections(listed)

    def _spare(self, key: str) -> None:
        """Let a sweep say nothing of a board."""
        if self._round.mode is SyncMode.SWEEP and key not in self._round.spared:
            self._round.spared.append(key)

    def _end_board(self, board: Board) -> None:
        """Take the board in hand off the line: as the list described it, it was read."""
        at = self._round
        at.todo.pop(0)
        at.reading, at.inner = Reading(), None
        self._place.marks[board.board_id] = board.mark
        if at.mode is SyncMode.SWEEP and board.key not in at.spared:
            at.read[board.board_id] = board.mark

    async def _pass_over(self, board: Board, code: str, *, is_section: bool) -> SyncPage:
        """Go on without a board that cannot be read; it is asked for again once it changes."""
        is_hidden = board.is_hidden and not await self._sees_secret()
        is_gone = (
            code == "not_found" and not is_hidden and (await self._ask_board(board.board_id))[1]
        )
        self._spare(board.key)
        if is_section and not is_gone:
            await self._end_list(board, is_whole=False, is_cut=True)
            return self._page()
        self._end_board(board)
        if not is_gone:
            return self._page(skipped=(SkippedBoard(board.key, board.name, code),))
        self._place.forget(board.board_id)
        if board.key in self._round.spared:
            self._round.spared.remove(board.key)
        return self._page(gone_boards=(board.key,))

    async def _compare(self) -> SyncPage:
        """Tell which boards did not change while they were read, and line up those that did."""
        at = self._round
        at.passes += 1
        boards, gone = await self._list_boards()
        finished = []
        for board in boards:
            mark = at.read.get(board.board_id)
            if board.board_id in at.finished or board.key in at.spared:
                continue
            if mark == board.mark:
                at.finished.append(board.board_id)
                finished.append(Finished(at.generation, board.key))
            elif at.passes < MAX_PASSES:
                at.todo.append(board)
            else:
                at.spared.append(board.key)
        at.read.clear()
        return self._page(gone_boards=gone, finished=tuple(finished))

    def _page(  # noqa: PLR0913  # the parts of a page that there may be
        self,
        *,
        items: tuple[SavedItem, ...] = (),
        rejections: tuple[Rejection, ...] = (),
        boards: tuple[BoardRef, ...] = (),
        gone_boards: tuple[str, ...] = (),
        skipped: tuple[SkippedBoard, ...] = (),
        finished: tuple[Finished, ...] = (),
        is_last: bool = False,
    ) -> SyncPage:
        return SyncPage(
            items,
            rejections,
            self._place.packed(),
            boards,
            is_last=is_last,
            generation=self._round.generation,
            gone_boards=gone_boards,
            skipped=skipped,
            finished=finished,
            expected=self._round.expected,
        )


def _hidden(board_id: str, name: str) -> SkippedBoard:
    return SkippedBoard(board_key(board_id, ""), name, "forbidden")
