"""What may be done with what connections brought, as conditions for queries."""

from typing import Final

from django.db.models import Q

from connectors.base import Use
from connectors.models import ConnectorReview, Keep
from connectors.policy.retention import unreviewed
from connectors.policy.ways import declared

# Of reviews; what is not named here every review allows.
_SAID: Final = {
    Use.STORE: ~Q(keep=Keep.LIVE),
    Use.AI: Q(allows_ai=True),
    Use.FACES: Q(allows_faces=True),
}


def allowing(use: Use) -> Q:
    """Return the condition on connections that what came by them may be used so.

    The same as `Retention.allows` of the gate of each, without a look at any: files that people
    bring are theirs; of an account the operator's review counts, and without one the terms.
    """
    reviews = ConnectorReview.objects.all()
    said = reviews.filter(_SAID.get(use, Q()))
    by_terms = [way.name for way in declared() if unreviewed(way.terms).allows(use)]
    unsaid = Q(connector__in=by_terms) & ~Q(connector__in=reviews.values("name"))
    return Q(connector="") | Q(connector__in=said.values("name")) | unsaid
