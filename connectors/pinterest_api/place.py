"""Where a run stands, as JSON in the cursor of each page; the checkpoint keeps it.

A cursor of another version, or one that cannot be read, is none: everything is read once more,
which changes nothing that is here already.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Cursor, SyncMode
from connectors.pinterest_api.mapping import Board
from connectors.pinterest_api.paging import Reading

VERSION: Final = 1
# Names beyond are forgotten, those of the boards that were read first; they can be asked again.
MAX_SECTIONS: Final = 5_000


@dataclasses.dataclass(slots=True)
class Round:
    """One way through the account, which may take several runs.

    Attributes:
        mode: of the round; a run of another mode begins a round of its own.
        generation: of the sweep; 0 where it is none.
        count: pins that were read so far.
        expected: pins that it will read; None where that cannot be told.
        todo: boards that are still to be read; the first one is in hand.
        reading: how far the list in hand was read: the board's, or that of a section.
        inner: sections of the board in hand that are read by themselves; None before it is known
            whether any are.
        passes: how often the list of boards was compared with what was read.
        read: of a sweep, the marks with which boards were read and not yet compared.
        finished: ids of the boards that did not change while they were read.
        spared: keys of the boards of which nothing is known.
        is_cut: the list of boards broke off.
    """

    mode: SyncMode
    generation: int
    count: int = 0
    expected: int | None = None
    todo: list[Board] = dataclasses.field(default_factory=list)
    reading: Reading = dataclasses.field(default_factory=Reading)
    inner: list[str] | None = None
    passes: int = 0
    read: dict[str, str] = dataclasses.field(default_factory=dict)
    finished: list[str] = dataclasses.field(default_factory=list)
    spared: list[str] = dataclasses.field(default_factory=list)
    is_cut: bool = False


@dataclasses.dataclass(slots=True)
class Place:
    """What is remembered from run to run, and the round that is under way.

    Attributes:
        marks: of each board, how the list of boards described it before it was last read through.
        sections: names of sections by board and id.
        apart: ids of boards whose list of pins leaves out those of sections.
        round: None between two rounds.
        secret: names of the secret boards by their ids.
    """

    marks: dict[str, str] = dataclasses.field(default_factory=dict)
    sections: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    apart: list[str] = dataclasses.field(default_factory=list)
    round: Round | None = None
    secret: dict[str, str] = dataclasses.field(default_factory=dict)

    def packed(self) -> Cursor:
        """Return it as a cursor."""
        names = sum(map(len, self.sections.values()))
        while names > MAX_SECTIONS:
            names -= len(self.sections.pop(next(iter(self.sections))))
        return {
            "version": VERSION,
            "marks": dict(self.marks),
            "sections": {board: dict(names) for board, names in self.sections.items()},
            "apart": list(self.apart),
            "secret": dict(self.secret),
            "round": _packed(self.round) if self.round else None,
        }

    @classmethod
    def unpacked(cls, cursor: Mapping[str, Any]) -> "Place":
        """Return the place that a cursor leads to."""
        if cursor.get("version") != VERSION:
            return cls()
        try:
            at = cursor["round"]
            return cls(
                dict(cursor["marks"]),
                dict(cursor["sections"]),
                list(cursor["apart"]),
                _unpacked(at) if at else None,
                dict(cursor.get("secret", {})),
            )
        except (KeyError, TypeError, ValueError):
            return cls()

    @property
    def boards(self) -> frozenset[str]:
        """Return the ids of the boards that the account had."""
        todo = self.round.todo if self.round else []
        return frozenset({*self.marks, *(board.board_id for board in todo)})

    def forget(self, board_id: str) -> None:
        """Forget a board; if it is listed again, it is read from end to end."""
        self.marks.pop(board_id, None)
        self.sections.pop(board_id, None)
        self.secret.pop(board_id, None)
        self.apart = [one for one in self.apart if one != board_id]


def _packed(at: Round) -> Cursor:
    return {
        "mode": at.mode.value,
        "generation": at.generation,
        "count": at.count,
        "expected": at.expected,
        "todo": [board.packed() for board in at.todo],
        "reading": list(dataclasses.astuple(at.reading)),
        "inner": None if at.inner is None else list(at.inner),
        "passes": at.passes,
        "read": dict(at.read),
        "finished": list(at.finished),
        "spared": list(at.spared),
        "is_cut": at.is_cut,
    }


def _unpacked(at: Mapping[str, Any]) -> Round:
    boards = [Board.unpacked(board) for board in at["todo"]]
    return Round(
        mode=SyncMode(at["mode"]),
        generation=at["generation"],
        count=at["count"],
        expected=at["expected"],
        todo=[board for board in boards if board is not None],
        reading=Reading(*at["reading"]),
        inner=at["inner"],
        passes=at["passes"],
        read=dict(at["read"]),
        finished=list(at["finished"]),
        spared=list(at["spared"]),
        is_cut=at["is_cut"],
    )
