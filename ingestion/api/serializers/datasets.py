"""Datasets and how fresh they are, as the API shows and takes them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.states import Freshness
from ingestion.freshness.words import sentence_of
from ingestion.models import DatasetFlip, DatasetStatus
from tenants.api.filters import ListFilter


class DatasetSerializer(serializers.ModelSerializer[DatasetStatus]):
    """How fresh a dataset is by now: as old as the start of its last success, ``as_of``."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field's name
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = DatasetStatus
        fields = (
            "id",
            "name",
            "label",
            "connection_id",
            "job_id",
            "state",
            "state_since",
            "sentence",
            "as_of",
            "last_success_at",
            "last_attempt_at",
            "last_changed_at",
            "last_run_id",
            "consecutive_failures",
            "failure_type",
            "error_code",
            "user_message",
            "warning_code",
            "row_count",
            "total_count",
            "pending_count",
            "failed_count",
            "oldest_pending_at",
            "counted_at",
            "remind_every_s",
            "muted_until",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_label(self, status: DatasetStatus) -> str:
        """Return what people call the dataset."""
        known = DATASETS.get(status.name)
        return known.label if known is not None else status.name

    @extend_schema_field(serializers.CharField())
    def get_sentence(self, status: DatasetStatus) -> str:
        """Return how fresh it is as pages say it; empty of a dataset that nothing knows more."""
        return sentence_of(status, timezone.now()) if status.name in DATASETS else ""


class DatasetFilter(ListFilter):
    """Which datasets to list; several names or states mean any of them."""

    of_pages = frozenset()

    # Not any text: a program that asks whether something is old must not miss it by a slip.
    name = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[(each.name, each.label) for each in DATASETS.values()]
        ),
        required=False,
    )
    state = serializers.ListField(
        child=serializers.ChoiceField(choices=Freshness.choices), required=False
    )
    connection = serializers.UUIDField(required=False)


class FlipSerializer(serializers.ModelSerializer[DatasetFlip]):
    """A change of a dataset's state, and what made it so."""

    class Meta:
        model = DatasetFlip
        fields = ("id", "old_state", "new_state", "reason", "run_id", "at")
        read_only_fields = fields


class ReminderSerializer(serializers.Serializer[Any]):
    """After how many days people want a newer export; null for never."""

    days = serializers.IntegerField(allow_null=True)


class MuteSerializer(serializers.Serializer[Any]):
    """Until when nobody wants to hear of the dataset's state; null to hear of it again."""

    until = serializers.DateTimeField(allow_null=True)
