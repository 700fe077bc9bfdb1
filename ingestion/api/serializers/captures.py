"""Captures as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from ingestion.gather.captures.forms import MAX_NOTE, MAX_TITLE, MAX_URL
from ingestion.gather.status import JobStatus
from media.operations.boards import MAX_NAME
from media.operations.tags import MAX_NAME as MAX_TAG
from media.operations.tags import MAX_NAMES


class NewCaptureSerializer(serializers.Serializer[Any]):
    """A page or a pin to save, in any form of its address; ``picture`` is the one that is meant.

    Without ``picture`` it is the one by which the page wants to be shown. ``board`` is the key of a
    board; ``board_name`` names one, which is made where there is none of the name.
    """

    url = serializers.CharField(max_length=MAX_URL)
    picture = serializers.CharField(max_length=MAX_URL, allow_blank=True, default="")
    title = serializers.CharField(max_length=MAX_TITLE, allow_blank=True, default="")
    board = serializers.UUIDField(allow_null=True, default=None)
    board_name = serializers.CharField(max_length=MAX_NAME, allow_blank=True, default="")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TAG), max_length=MAX_NAMES, default=list
    )
    note = serializers.CharField(max_length=MAX_NOTE, allow_blank=True, default="")


class CaptureSerializer(serializers.Serializer[Any]):
    """How a capture stands; ``asset_id`` is null until the picture is in the library.

    ``error`` is a code of the table of failures, and null unless it failed; ``was_here`` says that
    the library had the picture before.
    """

    id = serializers.UUIDField(source="job.pk", read_only=True)
    run_id = serializers.UUIDField(source="run.pk", read_only=True, allow_null=True)
    url = serializers.CharField(source="job.params.url", read_only=True)
    title = serializers.CharField(source="job.name", read_only=True)
    status = serializers.ChoiceField(choices=JobStatus.choices, read_only=True)
    asset_id = serializers.UUIDField(read_only=True, allow_null=True)
    was_here = serializers.BooleanField(read_only=True)
    error = serializers.SerializerMethodField()
    message = serializers.CharField(source="sentence", read_only=True)
    created_at = serializers.DateTimeField(source="job.created_at", read_only=True)

    def get_error(self, capture: Any) -> str | None:
        """Return why it failed; null where it did not."""
        return capture.error or None
