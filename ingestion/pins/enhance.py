"""The step that asks for the details of pins of which only the number, or little more, is known.

A pin is asked for that shows no picture and has none on its way, or has neither a title nor a
description, or no date; with ``only_images`` only for want of a picture. Each is asked for once in
a run, and what the source said of it holds for a month. Pins that only their owner may see are
left alone: nobody is signed in.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import ClassVar, Final

from django.db import DatabaseError

from connectors.errors import BrowserMissingError, FetchError, RobotsRefusedError
from connectors.pinterest_web.apart import fetch_details
from connectors.pinterest_web.details import AWAY, Detail, Missed, SessionSource, Wanted
from ingestion.engine.events import record_event
from ingestion.errors import StepSkippedError
from ingestion.imports.tolerance import is_about_values
from ingestion.models import SyncRun
from ingestion.pins import asking
from ingestion.pins.answers import count_to_ask, next_to_ask
from ingestion.pins.details import note_unwritable, write_details
from ingestion.pins.places import Place, keep_place, place_of
from ingestion.stages.queueing import start_stage_run
from ingestion.taxonomy import classify
from media.models.stage import Stage

# Of one flow: it ends with its slowest request, which is little of so many, and they are held in
# memory.
MOST_IN_HAND: Final = 20_000
USUAL_CONCURRENT: Final = 8
_UNSTORABLE: Final = "One of its values is too large, or is nothing that can be stored."


class PinDetails:
    """Pins that lack something, asked for many at a time."""

    name: ClassVar[str] = "enhance"

    def __init__(self) -> None:
        self._place: Place | None = None
        self._session: SessionSource | None = None
        self._most = USUAL_CONCURRENT
        self._last: uuid.UUID | None = None
        self._has_woken = False
        self._is_last_try = False
        self._may_go_on: Callable[[], bool] = lambda: True

    def take(self, run: SyncRun) -> Sequence[Wanted] | None:
        """Return the next pins by their keys.

        Raises:
            StepSkippedError: nobody has answered for asking Pinterest's own endpoints.
        """
        self._is_last_try = run.failed_streak + 1 >= run.max_attempts
        told = run.job.params
        only_images = bool(told.get("only_images"))
        if self._place is None:
            self._place = place_of(run, self.name)
            self._most = told.get("max_concurrent") or USUAL_CONCURRENT
        if self._place is None:
            self._place = Place(of=count_to_ask(run, only_images=only_images))
        place = self._place
        # All that was taken before has flowed.
        place.after = self._last or place.after
        wanted = next_to_ask(run, after=place.after, most=MOST_IN_HAND, only_images=only_images)
        if wanted and self._session is None:
            self._session = asking.session()
        if not wanted:
            self._tell_gone(run, place)
            start_stage_run(run.org_id, Stage.FETCH)
        keep_place(run, self.name, place)
        self._last = wanted[-1].key if wanted else self._last
        return wanted or None

    async def flow(
        self, units: Iterable[Wanted], *, may_go_on: Callable[[], bool]
    ) -> AsyncIterator[Detail]:
        """Ask for them; what came to nothing counts once something else has come in this run.

        It counts in the last try of the run as well: a pin that never comes must not end each run.

        Raises:
            FetchError: nothing else did, so that the source is away, however few were asked for.
            StepSkippedError: nobody can be asked from here, or the site's rules keep us away.
        """
        if self._session is None:
            message = "Nothing was taken."
            raise RuntimeError(message)
        self._may_go_on = may_go_on
        has_brought = self._place is not None and self._place.done > 0
        is_there = has_brought or self._is_last_try
        doubtful: list[Missed] = []
        asked = fetch_details(units, session=self._session, most=self._most, may_go_on=may_go_on)
        try:
            async with aclosing(asked):
                async for detail in asked:
                    if not is_there and isinstance(detail, Missed) and detail.code in AWAY:
                        doubtful.append(detail)
                        continue
                    is_there = True
                    yield detail
                    while doubtful:
                        yield doubtful.pop()
        except (BrowserMissingError, RobotsRefusedError) as error:
            raise StepSkippedError(error.message) from error
        if doubtful:
            raise FetchError(doubtful[0].message, fetch_code=doubtful[0].code)

    def write(self, run: SyncRun, results: Sequence[Detail]) -> int:
        """Write what came of them; once all is to stop, without waiting for others that merge."""
        written = write_details(run, results, may_wait=self._may_go_on)
        self._note(run, len(results), gone=written.gone)
        if not self._has_woken:
            # Their pictures need not wait for the end, which may be hours away.
            self._has_woken = start_stage_run(run.org_id, Stage.FETCH) is not None
        return written.changed

    def refuse(self, run: SyncRun, result: Detail, error: Exception) -> None:
        """Note that what came of a pin cannot be written."""
        if isinstance(error, (DatabaseError, UnicodeEncodeError)) and is_about_values(error):
            note_unwritable(run, result, "record_invalid", _UNSTORABLE)
        else:
            failure = classify(error)
            note_unwritable(run, result, failure.code, failure.user_message)
        self._note(run, 1)

    def _note(self, run: SyncRun, count: int, *, gone: int = 0) -> None:
        """Note how far it is; read anew, as a batch that was taken back changed it here too."""
        place = place_of(run, self.name) or Place()
        place.done += count
        place.gone += gone
        keep_place(run, self.name, place)
        self._place = place

    def _tell_gone(self, run: SyncRun, place: Place) -> None:
        if place.gone:
            record_event(run.org_id, run.pk, "removed_at_source", count=place.gone, places=0)
            place.gone = 0
