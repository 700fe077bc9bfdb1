"""One organization's link to one account or export stream of a source."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from connectors.items import Source
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization

SOURCES = [(source.value, source.value.title()) for source in Source]


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Reads of connections."""

    def by_name(self) -> Self:
        """Order by source and name; the key breaks ties."""
        return self.order_by("source", "name", "pk")

    def in_use(self) -> Self:
        """Leave out accounts that were let go: nothing is read from them any more."""
        return self.filter(models.Q(connector="") | models.Q(credentials__isnull=False))


class Connection(models.Model):
    """Where assets of one source come from.

    A file without a named connection belongs to the organization's default one of its source.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="connections", db_index=False
    )
    source = models.CharField(max_length=16, choices=SOURCES)
    name = models.CharField(max_length=120)
    is_default = models.BooleanField(default=False)
    # What reads the linked account (``connectors.base``); empty where files come by hand.
    connector = models.CharField(max_length=40, blank=True, default="", db_default="")
    # Who the linked account is at its source; kept when it is let go, as names change hands.
    account_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    # The source asked us to wait until then; no run of the connection begins before.
    blocked_until = models.DateTimeField(null=True)
    block_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager.from_queryset(ConnectionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "name"], name="connectors_connection_name_once"
            ),
            models.UniqueConstraint(
                fields=["org", "source"],
                condition=models.Q(is_default=True),
                name="connectors_connection_one_default",
            ),
            models.UniqueConstraint(
                fields=["org", "connector", "account_id"],
                condition=~models.Q(account_id=""),
                name="connectors_connection_account_once",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=[s.value for s in Source]),
                name="connectors_connection_source_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
