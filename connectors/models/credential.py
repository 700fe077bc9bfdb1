"""What lets Magpie act for an account at a source, and secrets of the platform itself."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from connectors.models.connection import Connection
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization
from tenants.models.data_key import DataKey, PlatformKey


class CredentialState(models.TextChoices):
    """Whether a linked account can be used, and what mends it where it cannot."""

    OK = "ok", "Linked"
    REVOKED = "revoked", "Taken back at the source"
    MISSING_SCOPE = "missing_scope", "Too little was granted"
    UNREADABLE = "unreadable", "Reconnect"


class Credential(models.Model):
    """The tokens of a connection, sealed; ``connectors.credentials`` alone touches them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="credentials", db_index=False
    )
    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        related_name="credentials",
        db_constraint=False,
        db_index=False,
    )
    sealed = models.BinaryField()
    key = models.ForeignKey(DataKey, models.RESTRICT, related_name="+", db_constraint=False)
    # Who the account is at the source, as the source says.
    account_id = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    # What was granted, which may be less than was asked for.
    scopes = ArrayField(models.CharField(max_length=80), default=list)
    access_expires_at = models.DateTimeField()
    # Null where the source names no end.
    refresh_expires_at = models.DateTimeField(null=True)
    # Whether the source gave what other tokens are had for, without a person.
    is_renewable = models.BooleanField(db_default=True)
    state = models.CharField(max_length=16, choices=CredentialState, db_default=CredentialState.OK)
    # Raised whenever other tokens are stored.
    version = models.PositiveIntegerField(default=1)
    connected_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "connection"], name="connectors_credential_one_of_connection"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=CredentialState.values),
                name="connectors_credential_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"credential of {self.connection_id}"

    @property
    def ends_at(self) -> dt.datetime | None:
        """Return when it ends unless it is renewed before; None where nobody can tell."""
        return self.refresh_expires_at if self.is_renewable else self.access_expires_at


class PlatformSecret(models.Model):
    """A secret of no organization, sealed: an application's client secret, shared headers."""

    # Says what it is for, such as ``pinterest.client_secret``; code asks by it.
    name = models.CharField(max_length=80, primary_key=True)
    sealed = models.BinaryField()
    key = models.ForeignKey(PlatformKey, models.RESTRICT, related_name="+")
    expires_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
