"""Jobs, their kinds and the stages, as the API shows and takes them."""

import dataclasses
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connectors.models import Connection
from ingestion.api.params import kind_or_none, schema_of, shown_params
from ingestion.api.serializers.runs import RunSerializer
from ingestion.drops.queries import SOURCES
from ingestion.engine.kinds import Kind
from ingestion.models import CheckpointHistory, Job
from ingestion.models.job import JobKind, JobState
from ingestion.schedule.cadence import Cadence
from media.again import Which
from media.models.stage import Stage
from tenants.api.filters import FlagField, ListFilter
from tenants.api.serializers import UserSerializer


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """A source that the organization is linked to; it is left alone until ``blocked_until``."""

    class Meta:
        model = Connection
        fields = ("id", "source", "name", "blocked_until")
        read_only_fields = fields


class JobSerializer(serializers.ModelSerializer[Job]):
    """What is done, when it is done next, and the runs of it that wait or work."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field's name
    connection = ConnectionSerializer(read_only=True, allow_null=True)
    params = serializers.SerializerMethodField()
    paused_by = UserSerializer(read_only=True, allow_null=True)
    open_runs = RunSerializer(many=True, read_only=True)

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "name",
            "label",
            "connection",
            "params",
            "state",
            "is_one_off",
            "interval_s",
            "cron",
            "timezone",
            "jitter_s",
            "next_due_at",
            "paused_at",
            "paused_by",
            "pause_reason",
            "consecutive_failures",
            "last_success_at",
            "created_at",
            "archived_at",
            "open_runs",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_label(self, job: Job) -> str:
        """Return what people call the job."""
        kind = kind_or_none(job)
        return job.name or (kind.label if kind is not None else job.kind)

    @extend_schema_field(serializers.DictField())
    def get_params(self, job: Job) -> dict[str, Any]:
        """Return what people told the job."""
        return shown_params(job, kind_or_none(job))


class JobFilter(ListFilter):
    """Which jobs to list; several states mean any of them."""

    kind = serializers.CharField(required=False, max_length=24)
    state = serializers.ListField(
        child=serializers.ChoiceField(choices=JobState.choices), required=False
    )
    connection = serializers.UUIDField(required=False)
    is_one_off = FlagField(required=False)


class PauseSerializer(serializers.Serializer[Any]):
    """Why a job is paused; everybody who looks at it reads it."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class ScheduleSerializer(serializers.Serializer[Any]):
    """When a job runs by itself: every so many seconds, or by cron; neither means never."""

    interval_s = serializers.IntegerField(required=False, allow_null=True, default=None)
    cron = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    timezone = serializers.CharField(required=False, default="UTC", max_length=64)
    jitter_s = serializers.IntegerField(required=False, default=0)

    def as_cadence(self) -> Cadence:
        """Return the validated values as what they mean."""
        return Cadence(**self.validated_data)


class NewJobSerializer(ScheduleSerializer):
    """A job to make: of which kind, for which connection, what it is told, and when it runs.

    Either ``connection`` or ``source`` says for which: the latter is the connection for files of
    that source, made where there is none yet. What ``params`` holds is said by its kind: see
    ``GET /kinds``.
    """

    kind = serializers.ChoiceField(choices=[JobKind.DROP.value])
    connection = serializers.UUIDField(required=False, allow_null=True, default=None)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's name
        choices=[(each.value, each.value.title()) for each in SOURCES],
        required=False,
        allow_null=True,
        default=None,
    )
    params = serializers.DictField(required=False, default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two that say for which connection."""
        if (attrs["connection"] is None) == (attrs["source"] is None):
            problem = "Name a connection (see GET /connections), or else a source."
            raise serializers.ValidationError({"connection": [problem]})
        return attrs

    def as_cadence(self) -> Cadence:
        """Return the schedule among the validated values."""
        names = [field.name for field in dataclasses.fields(Cadence)]
        return Cadence(**{name: self.validated_data[name] for name in names})


class WindowSerializer(serializers.Serializer[Any]):
    """From when (inclusive) to when (exclusive), by the time that the source names.

    One of the two may be left out, for as far as the source goes.
    """

    start = serializers.DateTimeField(required=False, allow_null=True, default=None)
    end = serializers.DateTimeField(required=False, allow_null=True, default=None)


class RewindSerializer(serializers.Serializer[Any]):
    """To which of the job's checkpoints."""

    checkpoint = serializers.UUIDField()


class CheckpointSerializer(serializers.ModelSerializer[CheckpointHistory]):
    """Where the job's stream stood at the end of a run; what it holds only its reader knows."""

    class Meta:
        model = CheckpointHistory
        fields = ("id", "sequence", "run_id", "at")
        read_only_fields = fields


class KindSerializer(serializers.Serializer[Any]):
    """What a kind of job does, what its jobs are told, and what may be asked of them."""

    name = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field's name
    datasets = serializers.ListField(child=serializers.CharField(), read_only=True)
    params = serializers.SerializerMethodField()
    can_control = serializers.BooleanField(
        read_only=True,
        help_text="False where its jobs carry out what is asked for, and stopped, elsewhere.",
    )
    can_backfill = serializers.BooleanField(read_only=True)
    can_rewind = serializers.BooleanField(read_only=True)
    can_rehearse = serializers.BooleanField(read_only=True)

    @extend_schema_field(serializers.DictField())
    def get_params(self, kind: Kind) -> dict[str, Any]:
        """Return what the kind's jobs are told, as JSON Schema."""
        return schema_of(kind)


class StageSerializer(serializers.Serializer[Any]):
    """How far a stage is: ``done`` of ``total``, of some of which nothing is to be made."""

    name = serializers.ChoiceField(choices=Stage.choices, read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field's name
    job_id = serializers.UUIDField(read_only=True, allow_null=True)
    total = serializers.IntegerField(read_only=True)
    done = serializers.IntegerField(read_only=True)
    pending = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    main_code = serializers.CharField(
        read_only=True, help_text="What most of the failed ones failed with."
    )
    oldest_pending_at = serializers.DateTimeField(read_only=True, allow_null=True)


class StageRunSerializer(serializers.Serializer[Any]):
    """Which units of a stage to work: those that are missing, that failed, or all again."""

    which = serializers.ChoiceField(choices=Which.choices)
