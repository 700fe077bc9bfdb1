"""What people did to one asset."""

from django.db.models import QuerySet

from media.models import Asset, Operation, OperationItem


def history_of(asset: Asset) -> "QuerySet[Operation]":
    """Return the operations that changed ``asset``, newest first."""
    touched = OperationItem.objects.filter(asset_id=asset.pk).values("operation_id")
    return Operation.objects.filter(pk__in=touched).select_related("actor").newest_first()
