"""One record that the database refuses does not fail the page that it stands on.

The readers leave nothing that a column would refuse, as far as we know. What they let pass
nevertheless is found here by halving: the others go in, the one is reported.
"""

import dataclasses
from collections.abc import Callable

from django.db import DatabaseError, DataError, transaction

from connectors.items import Outcome, Page, Rejection, RejectionReason, SavedItem
from ingestion.imports.ledger import Tally
from ingestion.models import SyncRun

# SQLSTATE: a value out of its type's range or not of its encoding (class 22), one of
# Postgres' limits, such as the size of an index row (class 54), a check, an absent value.
_ABOUT_VALUES = ("22", "54", "23502", "23514")

Write = Callable[[SyncRun, Page], Tally]


def write_tolerantly(write: Write, run: SyncRun, page: Page) -> Tally:
    """Let ``write`` take ``page``, without the records whose values the database refuses.

    Those are written as rejected instead. Call inside the page's transaction.

    Raises:
        DatabaseError: the fault is not in the records' values.
    """
    try:
        with transaction.atomic():
            tally = write(run, page)
    except (DatabaseError, UnicodeEncodeError) as error:
        if not page.items or not is_about_values(error):
            raise
    else:
        # A later part of the page must know that the run has seen records before.
        run.raw_count += tally.raw
        return tally
    if len(page.items) == 1:
        return write_tolerantly(write, run, _without_item(page))
    first, second = _halves(page)
    return write_tolerantly(write, run, first) + write_tolerantly(write, run, second)


def is_about_values(error: DatabaseError | UnicodeEncodeError) -> bool:
    """Return whether the fault is in a record's values, so that no other try would help it."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    if state is None:
        # psycopg refuses some values itself: a NUL in a text, a lone surrogate.
        return isinstance(error, (DataError, UnicodeEncodeError))
    return state.startswith(_ABOUT_VALUES)


def _halves(page: Page) -> tuple[Page, Page]:
    middle = len(page.items) // 2
    first = dataclasses.replace(page, items=page.items[:middle])
    return first, dataclasses.replace(page, items=page.items[middle:], rejections=(), boards=())


def _without_item(page: Page) -> Page:
    rejections = (*page.rejections, _rejection_of(page.items[0]))
    return dataclasses.replace(page, items=(), rejections=rejections)


def _rejection_of(item: SavedItem) -> Rejection:
    """Return the item as a failed record; none of its own words, one of which is at fault."""
    return Rejection(
        index=item.index,
        outcome=Outcome.FAILED,
        reason=RejectionReason.RECORD_INVALID,
        detail="One of its values is too large, or is nothing that can be stored.",
    )
