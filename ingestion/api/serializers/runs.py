"""Runs and what belongs to them, as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion.imports.report import explain
from ingestion.models import RunAttempt, RunEvent, RunItem, RunStep, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunState
from ingestion.runs_page.items import EARLIER, UNIT_LABELS, WAITING
from tenants.api.filters import ListFilter

# Of records, and what more there is of the pictures of a stage.
OUTCOMES = (*ItemOutcome.choices, (EARLIER, UNIT_LABELS[EARLIER]), (WAITING, UNIT_LABELS[WAITING]))


class RunSerializer(serializers.ModelSerializer[SyncRun]):
    """One execution; ``raw`` is the sum of the five outcomes."""

    class Meta:
        model = SyncRun
        fields = (
            "id",
            "job_id",
            "connection_id",
            "kind",
            "mode",
            "window_from",
            "window_to",
            "is_dry_run",
            "trigger",
            "created_by_id",
            "state",
            "phase",
            "attempt",
            "max_attempts",
            "failed_streak",
            "run_after",
            "raw_count",
            "parsed_count",
            "new_count",
            "updated_count",
            "unchanged_count",
            "existing_count",
            "skipped_count",
            "failed_count",
            "reference_only_count",
            "with_picture_count",
            "bytes_read",
            "bytes_total",
            "expected_count",
            "failure_type",
            "error_code",
            "error_origin",
            "user_message",
            "created_at",
            "started_at",
            "deadline_at",
            "finished_at",
            "cancel_requested_at",
        )
        read_only_fields = fields


class RunStepSerializer(serializers.ModelSerializer[RunStep]):
    """One step of a run; its dataset is as fresh as the step's last success."""

    class Meta:
        model = RunStep
        fields = (
            "position",
            "name",
            "dataset",
            "is_optional",
            "state",
            "changed_count",
            "failure_type",
            "error_code",
            "user_message",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class RunAttemptSerializer(serializers.ModelSerializer[RunAttempt]):
    """One try of a run."""

    class Meta:
        model = RunAttempt
        fields = (
            "number",
            "started_at",
            "finished_at",
            "outcome",
            "failure_type",
            "error_code",
            "error_origin",
        )
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run with its steps, in order, and its latest tries, newest first."""

    steps = RunStepSerializer(many=True, read_only=True)
    attempts = RunAttemptSerializer(source="latest_attempts", many=True, read_only=True)

    class Meta:
        model = SyncRun
        fields = (*RunSerializer.Meta.fields, "steps", "attempts")
        read_only_fields = fields


class QueuedSerializer(serializers.Serializer[Any]):
    """The run that does what was asked for.

    ``is_new`` is false where one waits or works already that does so too; asking twice is
    harmless. ``item_count`` says how many items were put in line for it, where that is known.
    """

    is_new = serializers.BooleanField(read_only=True)
    item_count = serializers.IntegerField(read_only=True, allow_null=True)
    run = RunSerializer(read_only=True)


class RunEventSerializer(serializers.ModelSerializer[RunEvent]):
    """A line of a run's timeline; where a person did it, ``detail.by`` is their key."""

    class Meta:
        model = RunEvent
        fields = ("id", "name", "detail", "at")
        read_only_fields = fields


class RunFilter(ListFilter):
    """Which runs to list; several states mean any of them."""

    job = serializers.UUIDField(required=False)
    connection = serializers.UUIDField(required=False)
    kind = serializers.CharField(required=False, max_length=24)
    state = serializers.ListField(
        child=serializers.ChoiceField(choices=RunState.choices), required=False
    )
    since = serializers.DateTimeField(required=False, help_text="Queued then or later.")


class ItemFilter(ListFilter):
    """Which items of a run to list; ``earlier`` and ``waiting`` are of stages alone."""

    outcome = serializers.ChoiceField(choices=OUTCOMES, required=False)
    reason = serializers.CharField(required=False, max_length=32)


class RunItemSerializer(serializers.ModelSerializer[RunItem]):
    """What became of one record; ``ordinal`` is its place in the source, from 0.

    A picture of a stage has none; its ``excerpt`` is what its asset is called.
    """

    ordinal = serializers.IntegerField(read_only=True, allow_null=True)
    outcome = serializers.ChoiceField(choices=OUTCOMES, read_only=True)
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = RunItem
        fields = (
            "ordinal",
            "outcome",
            "reason",
            "explanation",
            "source_ref",
            "asset_id",
            "excerpt",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_explanation(self, item: RunItem) -> str:
        """Return the reason as a sentence; empty where there is none."""
        return explain(item) if item.reason else ""
