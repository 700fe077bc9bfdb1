"""What the operator decided about a platform's terms."""

from typing import Final

from django.db import models
from django.db.models.functions import Now


class Decision(models.TextChoices):
    """Whether a way of reading may be used. Stored: values never change."""

    ALLOWED = "allowed", "Allowed"
    REFUSED = "refused", "Refused"


class Keep(models.TextChoices):
    """How long what came through an API stays. Stored: values never change."""

    ALWAYS = "always", "Keep it"
    DAYS = "days", "Let it expire after some days"
    LIVE = "live", "Live view only: no pictures, and only what the last look found"


# Faster than any person's browser asks; no site is to notice more of us than that.
MOST_PER_MINUTE: Final = 6_000


class ConnectorReview(models.Model):
    """The review of the terms of one way of reading; `connectors.policy` says what follows.

    Of an unofficial way it also says that the operator knows what they do, and how Magpie is to
    behave there.
    """

    # Of ``connectors.policy.declared()``.
    name = models.CharField(max_length=40, primary_key=True)
    decision = models.CharField(max_length=8, choices=Decision)
    # The day on which the terms were read that the review is about.
    terms_read_on = models.DateField()
    reviewed_on = models.DateField()
    reviewed_by = models.CharField(max_length=200)
    # Why, and what proves it: a written permission, a ticket, a contract.
    note = models.TextField(blank=True, default="", db_default="")

    keep = models.CharField(
        max_length=8, choices=Keep, default=Keep.LIVE, db_default=Keep.LIVE.value
    )
    keep_days = models.PositiveIntegerField(null=True, blank=True)
    allows_ai = models.BooleanField(default=False, db_default=False)
    allows_faces = models.BooleanField(default=False, db_default=False)

    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Who we say we are, with an address to reach the operator.
    user_agent = models.CharField(max_length=300, blank=True, default="", db_default="")
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    heeds_robots = models.BooleanField(default=True, db_default=True)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "review of a source's terms"
        verbose_name_plural = "reviews of sources' terms"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__in=Decision.values),
                name="connectors_review_decision_known",
            ),
            models.CheckConstraint(
                condition=models.Q(keep__in=Keep.values), name="connectors_review_keep_known"
            ),
            models.CheckConstraint(
                condition=models.Q(keep="days", keep_days__isnull=False, keep_days__gt=0)
                | (~models.Q(keep="days") & models.Q(keep_days=None)),
                name="connectors_review_days_where_they_count",
            ),
            models.CheckConstraint(
                condition=~models.Q(keep="live") | models.Q(allows_ai=False, allows_faces=False),
                name="connectors_review_live_view_looks_at_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None)
                | models.Q(
                    ~models.Q(acknowledged_by=""),
                    ~models.Q(user_agent=""),
                    requests_per_minute__isnull=False,
                    requests_per_minute__range=(1, MOST_PER_MINUTE),
                ),
                name="connectors_review_acknowledged_with_manners",
            ),
        ]

    def __str__(self) -> str:
        return self.name
