"""What is worth telling of every change that a dataset can make."""

import itertools

import pytest

from ingestion.freshness.states import Freshness
from ingestion.notify.rules import Change, News, is_mailed, is_urgent, news_of

FRESH, LATE, STALE = Freshness.FRESH, Freshness.LATE, Freshness.STALE
ACTION, PAUSED, NEVER = Freshness.ACTION, Freshness.PAUSED, Freshness.NEVER

TROUBLES = {
    *itertools.product((FRESH, NEVER, PAUSED), (LATE, STALE, ACTION)),
    (LATE, STALE),
    (LATE, ACTION),
    (STALE, ACTION),
}
RECOVERIES = {(LATE, FRESH), (STALE, FRESH), (ACTION, FRESH)}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(Freshness, Freshness)))
def test_every_change(old: Freshness, new: Freshness) -> None:
    expected = News.NOTHING
    if (old, new) in TROUBLES:
        expected = News.TROUBLE
    elif (old, new) in RECOVERIES:
        expected = News.RECOVERY

    assert news_of(Change(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (FRESH, News.TROUBLE),
        (LATE, News.TROUBLE),
        # No worse than what was told.
        (STALE, News.NOTHING),
        (ACTION, News.NOTHING),
    ],
)
def test_a_pause_by_itself_is_a_trouble(old: Freshness, expected: News) -> None:
    assert news_of(Change(old, PAUSED, paused_itself=True)) == expected


@pytest.mark.parametrize("new", [LATE, STALE, ACTION])
def test_what_is_muted_is_told_later(new: Freshness) -> None:
    assert news_of(Change(FRESH, new, is_muted=True)) == News.LATER


@pytest.mark.parametrize(("old", "new"), [(LATE, FRESH), (STALE, LATE), (FRESH, PAUSED)])
def test_what_is_muted_and_no_trouble_is_nothing(old: Freshness, new: Freshness) -> None:
    assert news_of(Change(old, new, is_muted=True)) == News.NOTHING


@pytest.mark.parametrize("new", [LATE, STALE, ACTION, FRESH])
def test_what_is_hidden_is_nothing(new: Freshness) -> None:
    assert news_of(Change(LATE if new == FRESH else FRESH, new, is_hidden=True)) == News.NOTHING


@pytest.mark.parametrize(
    ("told_today", "new", "expected"),
    [
        (1, LATE, News.LATER),
        (2, STALE, News.LATER),
        (3, LATE, News.LATER),
        (1, STALE, News.TROUBLE),
        (2, ACTION, News.TROUBLE),
    ],
)
def test_only_what_is_worse_is_told_twice_a_day(
    told_today: int, new: Freshness, expected: News
) -> None:
    assert news_of(Change(FRESH, new, told_today=told_today)) == expected


def test_what_is_late_is_told_at_the_bell_alone() -> None:
    assert [state for state in Freshness if is_mailed(state)] == [PAUSED, STALE, ACTION]
    assert [state for state in Freshness if is_urgent(state)] == [ACTION]
