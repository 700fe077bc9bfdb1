"""A stand-in for who asks Pinterest: scripted answers, by pin."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from connectors.items import MediaCandidate, MediaStatus, SavedItem, Source
from connectors.pinterest_web.details import Detail, Found, Missed, Wanted
from connectors.readers.canonical import canonical_json


def record(pin_id: str, **said: Any) -> SavedItem:
    """Return the full record of a pin."""
    values: dict[str, Any] = {
        "title": f"Title {pin_id}",
        "text": f"Text {pin_id}",
        "media_status": MediaStatus.IMAGE,
        "media": (
            MediaCandidate(f"https://i.pinimg.com/originals/{pin_id}.jpg", f"sig:{pin_id:0>32}"),
        ),
    } | said
    raw = canonical_json({"id": pin_id, "title": values["title"], "text": values["text"]})
    return SavedItem(
        index=0, source=Source.PINTEREST, ref=f"pin:{pin_id}", raw=raw, kind="pin", **values
    )


class Web:
    """What the site answers; found unless scripted otherwise.

    Attributes:
        answers: by pin: a record, or the code of what went wrong.
        asked: every pin that was asked for, in order.
        before: awaited before each answer.
        error: raised once so many were answered.
    """

    def __init__(self) -> None:
        self.answers: dict[str, SavedItem | str] = {}
        self.asked: list[str] = []
        self.most: list[int] = []
        self.before: Callable[[str], Any] | None = None
        self.error: tuple[int, Exception] | None = None

    def has_asked(self, count: int) -> bool:
        """Return whether so many pins were asked for."""
        return len(self.asked) >= count

    async def fetch(
        self,
        wanted: Iterable[Wanted],
        *,
        session: object,
        most: int,
        may_go_on: Callable[[], bool],
    ) -> AsyncIterator[Detail]:
        """Stand in for ``fetch_details``."""
        self.most.append(most)
        for each in wanted:
            if not may_go_on():
                return
            if self.error is not None and len(self.asked) == self.error[0]:
                error, self.error = self.error[1], None
                raise error
            if self.before is not None:
                await self.before(each.pin_id)
            self.asked.append(each.pin_id)
            await asyncio.sleep(0)
            yield self._answer(each)

    def _answer(self, wanted: Wanted) -> Detail:
        said = self.answers.get(wanted.pin_id) or record(wanted.pin_id)
        if isinstance(said, SavedItem):
            return Found(wanted, said)
        return Missed(wanted, said, "It could not be had.")
