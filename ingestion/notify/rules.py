"""What a change of a dataset is worth telling: without a database."""

import dataclasses
import enum
from typing import Final

from ingestion.freshness.states import Freshness

# How bad it is; of the same dataset, nothing that is no worse is told twice a day.
SEVERITY: Final = {
    Freshness.LATE: 1,
    Freshness.STALE: 2,
    # By itself, that is: what people pause is known to them.
    Freshness.PAUSED: 2,
    Freshness.ACTION: 3,
}
_TROUBLED: Final = frozenset({Freshness.LATE, Freshness.STALE, Freshness.ACTION})
_MAILED: Final = frozenset({Freshness.STALE, Freshness.PAUSED, Freshness.ACTION})


class News(enum.Enum):
    """What to make of a change."""

    NOTHING = enum.auto()
    TROUBLE = enum.auto()
    RECOVERY = enum.auto()
    # It was told today that it is as bad as that, or nobody wants to hear of it now: to be looked
    # at again later.
    LATER = enum.auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What became of a dataset since its flips were told the last time, taken together.

    Attributes:
        old, new: state before the first flip that is untold, and after the newest.
        paused_itself: nobody paused it; it failed too often.
        keeps_failing: its job was found to fail for long, which is told whatever the state.
        is_muted: people want to hear nothing of it for a while.
        is_hidden: what only tidies up is for operators.
        told_today: severity of the worst that was told of it within a day; 0 for nothing.
    """

    old: Freshness
    new: Freshness
    paused_itself: bool = False
    keeps_failing: bool = False
    is_muted: bool = False
    is_hidden: bool = False
    told_today: int = 0


def news_of(change: Change) -> News:
    """Return what to make of ``change``; what was undone before it was told is nothing."""
    if change.is_hidden:
        return News.NOTHING
    news = _news_of_heard(change)
    if not change.is_muted:
        return news
    # A trouble that lasts is told when the silence ends; that it is over interests nobody then.
    return News.LATER if news in (News.TROUBLE, News.LATER) else News.NOTHING


def _news_of_heard(change: Change) -> News:
    if change.keeps_failing:
        return News.TROUBLE
    if change.new == Freshness.FRESH:
        return News.RECOVERY if change.old in _TROUBLED else News.NOTHING
    if change.new == Freshness.PAUSED and not change.paused_itself:
        return News.NOTHING
    if severity(change.new) <= (severity(change.old) if change.old in _TROUBLED else 0):
        return News.NOTHING
    return News.LATER if severity(change.new) <= change.told_today else News.TROUBLE


def severity(state: str) -> int:
    """Return how bad ``state`` is for who is told of it; 0 where it is no trouble."""
    return SEVERITY.get(Freshness(state), 0)


def is_mailed(state: str) -> bool:
    """Return whether people get a mail of a dataset that came to ``state``, not only the bell."""
    return state in _MAILED


def is_urgent(state: str) -> bool:
    """Return whether the mail goes out at once: nothing goes on without people."""
    return state == Freshness.ACTION
