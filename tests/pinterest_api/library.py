"""A library in memory that does with pages what the contract says, and nothing else."""

import dataclasses

from connectors.base import SyncPage
from tests.connectors.memory import MemoryState
from tests.pinterest_api.fake import FakePinterest


@dataclasses.dataclass
class Library(MemoryState):
    """What is on which board, and when it was last seen.

    Attributes:
        held: the generation in which a pin was last seen, by board and pin.
        titles: of the pins.
        removed: pins that were taken off a board, in order.
    """

    held: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    titles: dict[str, str] = dataclasses.field(default_factory=dict)
    removed: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def take(self, page: SyncPage) -> None:
        super().take(page)
        for item in page.items:
            self.held[item.boards[0].key, item.ref] = page.generation
            self.titles[item.ref] = item.title
        if page.finished or page.gone_boards:
            self._take_off(page)

    def _take_off(self, page: SyncPage) -> None:
        """Take off their boards what is gone there."""
        whole = {one.board: one.generation for one in page.finished}
        spared = {board for one in page.finished for board in one.spared}
        for place, seen in list(self.held.items()):
            board = place[0]
            generation = whole.get(board, seen if board in spared else whole.get("", seen))
            if board in page.gone_boards or seen != generation:
                del self.held[place]
                self.removed.append(place)


def account_of(fake: FakePinterest) -> dict[tuple[str, str], str]:
    """Return the title of each pin on each board, as it is at Pinterest."""
    return {
        (f"board:{board.board_id}", f"pin:{pin_id}"): str(
            fake.edits.get(pin_id, {}).get("title", f"Pin {pin_id}")
        )
        for board in fake.boards.values()
        for pin_id in board.pins
    }


def shown(library: Library) -> dict[tuple[str, str], str]:
    """Return the same of the library."""
    return {place: library.titles[place[1]] for place in library.held}
