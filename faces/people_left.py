"""What becomes of people when faces of theirs are deleted."""

import uuid
from collections import Counter
from collections.abc import Collection
from typing import Final

from django.db.models import Q
from django.utils import timezone

from faces.models import Face, Person
from faces.models.face import FaceState
from faces.people.counting import recount
from media.sql import run
from tenants.scope import current_org_id

# Payloads are small, and name people by their keys.
_EMPTY: Final = """
UPDATE faces_faceevent SET payload = '{}'
 WHERE org_id = %(org)s AND payload <> '{}'
   AND EXISTS (SELECT 1 FROM unnest(%(ids)s::text[]) AS k WHERE strpos(payload::text, k) > 0)
"""


def settle_people(people: Collection[uuid.UUID]) -> Counter[str]:
    """Count the faces of ``people`` anew, and delete those that have none; return what went."""
    if not people:
        return Counter()
    recount(people)
    with_faces = Face.objects.filter(person__in=people).values("person")
    left = Person.objects.filter(pk__in=people).exclude(pk__in=with_faces)
    return delete_people(list(left.values_list("pk", flat=True)))


def delete_people(people: Collection[uuid.UUID]) -> Counter[str]:
    """Delete people who have no faces, with those merged into them; return what went.

    What they were suggested for is nobody's again.
    """
    gone = dict(
        Person.objects.filter(Q(pk__in=people) | Q(merged_into__in=people)).values_list(
            "pk", "name"
        )
    )
    if not gone:
        return Counter()
    suggestions = drop_suggestions(gone)
    events = empty_events(gone)
    _, by_model = Person.objects.filter(pk__in=gone).delete()
    return Counter(
        people=by_model.get("faces.Person", 0),
        names=sum(bool(name) for name in gone.values()),
        suggestions=suggestions,
        decisions=events
        + by_model.get("faces.PersonDistinct", 0)
        + by_model.get("faces.FaceVeto", 0),
    )


def drop_suggestions(people: Collection[uuid.UUID]) -> int:
    """Suggest ``people`` for no face any more; return for how many they were."""
    return Face.objects.filter(suggested_person__in=people).update(
        state=FaceState.UNASSIGNED, suggested_person=None, distance=None, updated_at=timezone.now()
    )


def empty_events(people: Collection[uuid.UUID]) -> int:
    """Empty the payloads that name any of ``people``, with what would undo them; return how many.

    Whoever is forgotten must not come back by an undo.
    """
    return run(_EMPTY, {"org": current_org_id(), "ids": [str(key) for key in people]})
