"""How many requests are left at a source, for all who share its limits."""

from django.db import models
from django.db.models.functions import Now


class RequestBudget(models.Model):
    """A limit of a source, and what of it was spent since its window began.

    Organizations share it; which of them spent what, it does not know. `connectors.budget` is all
    that writes it.
    """

    # What the limit is of, such as ``pinterest:app:<digest>``.
    key = models.CharField(max_length=120, primary_key=True)
    # A window begins with its first request.
    ends_at = models.DateTimeField(db_default=Now())
    spent = models.PositiveIntegerField(default=0, db_default=0)
    # The source asked to be left alone until then; so many times in a row it did not say how long.
    blocked_until = models.DateTimeField(db_default=Now())
    blocks = models.PositiveSmallIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return self.key
