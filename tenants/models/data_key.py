"""Data keys: what encrypts secrets at rest, itself wrapped by a key that no table holds."""

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models.organization import Organization


class WrappedKey(models.Model):
    """A data key as the key ring wrapped it; the highest version of its owner seals."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(editable=False)
    wrapped = models.BinaryField()
    # The id of the key in the ring that wraps it.
    wrapped_by = models.CharField(max_length=200)
    # The one that wrapped it first. Whoever has that one and an old copy of the row has this key,
    # however often it is wrapped anew; so a rotation replaces it.
    made_under = models.CharField(max_length=200, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"version {self.version}"


class DataKey(WrappedKey):
    """A data key of one organization."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="data_keys", db_index=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "version"], name="tenants_datakey_version_once"),
        ]


class PlatformKey(WrappedKey):
    """A data key of the platform, for secrets that belong to no organization."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version"], name="tenants_platformkey_version_once"),
        ]
