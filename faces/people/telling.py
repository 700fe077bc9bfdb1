"""Decisions as sentences, with the names that people have now."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Final

from django.db.models import Q
from django.utils import timezone

from faces.models import FaceEvent, Person
from faces.people.log import Op

PAGE_SIZE: Final = 50
SHOWN: Final = 60

ICONS: Final = {
    Op.CONFIRM: "check",
    Op.REJECT: "close",
    Op.NOT_A_FACE: "image-off",
    Op.NEW_PERSON: "user",
    Op.ASSIGN: "members",
    Op.SKIP: "chevron-right",
    Op.MERGE: "members",
    Op.SPLIT: "members",
    Op.APART: "members",
    Op.NAME: "tag",
    Op.RENAME: "edit",
    Op.HIDE: "eye",
    Op.SHOW: "eye",
    Op.COVER: "image",
    Op.CREATE: "plus",
    Op.CONSENT: "shield",
    Op.UNDO: "undo",
}

# {who}: the first person concerned; {other}: the second; {faces}: such as “3 faces”.
_SENTENCES: Final = {
    Op.CONFIRM: "Confirmed {faces} of {who}",
    Op.REJECT: "Said that {faces_are} not {who}",
    Op.NOT_A_FACE: "Said of {faces} that there is no face",
    Op.NEW_PERSON: "Made {faces} a person of their own: {who}",
    Op.ASSIGN: "Gave {faces} to {who}",
    Op.SKIP: "Left a question for later",
    Op.MERGE: "Merged {other} into {who}",
    Op.SPLIT: "Split {faces} off {who}",
    Op.APART: "Said that {who} and {other} are two",
    Op.NAME: "Named {who}",
    Op.RENAME: "Renamed {who}",
    Op.HIDE: "Hid {who}",
    Op.SHOW: "Showed {who} again",
    Op.COVER: "Chose a cover for {who}",
    Op.CREATE: "Added {who}",
    Op.CONSENT: "Noted what {who} agreed to",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A decision as people read it."""

    event: FaceEvent
    sentence: str
    icon: str

    @property
    def can_be_undone(self) -> bool:
        """Return whether there is a way back, whoever may take it."""
        return bool(self.event.payload) and self.event.undone_at is None

    @property
    def is_undo(self) -> bool:
        """Return whether it took another one back, or did it again."""
        return self.event.op == Op.UNDO


@dataclasses.dataclass(frozen=True, slots=True)
class LogPage:
    """Some decisions, newest first; ``next_id`` is where the next page begins."""

    items: list[Told]
    previous_day: dt.date | None
    next_id: uuid.UUID | None

    @property
    def next_text(self) -> str:
        """Return ``next_id`` as it stands in an address."""
        return str(self.next_id or "")


def tell(events: Iterable[FaceEvent]) -> list[Told]:
    """Return events as sentences, in one statement for all names."""
    found = list(events)
    keys = {key for event in found for key in event.payload.get("about", ())}
    names = dict(Person.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [
        Told(event, _sentence(event, names), ICONS.get(Op(event.op), "activity")) for event in found
    ]


def decisions_page(before: FaceEvent | None = None) -> LogPage:
    """Return the decisions behind ``before``, or the newest ones."""
    everything = FaceEvent.objects.select_related("actor", "undone_by").exclude(op=Op.SKIP)
    if before is not None:
        everything = everything.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.pk))
    found = list(everything.order_by("-at", "-pk")[: PAGE_SIZE + 1])
    items = found[:PAGE_SIZE]
    return LogPage(
        tell(items),
        timezone.localdate(before.at) if before else None,
        items[-1].pk if len(found) > PAGE_SIZE else None,
    )


def _sentence(event: FaceEvent, names: dict[uuid.UUID, str]) -> str:
    payload = event.payload
    if not payload:
        return "Something about somebody who withdrew"
    people = [_name(names.get(uuid.UUID(key))) for key in payload.get("about", ())]
    # Which of them the decision changed is another number, of an undo above all.
    count = payload.get("told_count", payload.get("count", 0))
    told = _SENTENCES[Op(payload.get("told", event.op))].format(
        who=people[0] if people else "nobody",
        other=people[1] if len(people) > 1 else "somebody",
        faces="a face" if count == 1 else f"{count:,} faces",
        faces_are="a face is" if count <= 1 else f"{count:,} faces are",
    )
    if event.op != Op.UNDO:
        return told
    verb = "Did again" if payload.get("is_redo") else "Undid"
    kept = f" (all but {payload['kept']:,}, which changed later)" if payload.get("kept") else ""
    return f"{verb}: {told}{kept}"


def _name(name: str | None) -> str:
    if name is None:
        return "somebody who is gone"
    return f"“{name[:SHOWN]}”" if name else "somebody without a name"
