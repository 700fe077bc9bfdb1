"""Imports as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from ingestion.api.serializers.runs import RunSerializer
from ingestion.forms import MAX_FILES
from ingestion.imports.status import ImportPhase
from ingestion.models import ImportFile
from tenants.api.serializers import UserSerializer


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    """One file of an import; its bytes are gone where ``deleted_at`` is set."""

    class Meta:
        model = ImportFile
        fields = ("id", "name", "size_bytes", "sha256", "received_at", "deleted_at")
        read_only_fields = fields


class ImportSerializer(serializers.Serializer[Any]):
    """An import: its files, its pre-flight, and the run that wrote."""

    id = serializers.UUIDField(source="job.pk", read_only=True)
    phase = serializers.ChoiceField(choices=[phase.value for phase in ImportPhase], read_only=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field's name
    kind_label = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(source="job.created_at", read_only=True)
    created_by = UserSerializer(source="job.created_by", read_only=True, allow_null=True)
    files = ImportFileSerializer(many=True, read_only=True)
    preflight = RunSerializer(read_only=True, allow_null=True)
    run = RunSerializer(read_only=True, allow_null=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """How many records had one outcome for one reason."""

    outcome = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    count = serializers.IntegerField(read_only=True)


class ReportSerializer(serializers.Serializer[Any]):
    """What became of all records; ``raw`` is the sum of the five outcomes."""

    raw = serializers.IntegerField(read_only=True)
    parsed = serializers.IntegerField(read_only=True)
    new = serializers.IntegerField(read_only=True)
    updated = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True)
    existing = serializers.IntegerField(read_only=True)
    skipped = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    reference_only = serializers.IntegerField(read_only=True)
    with_picture = serializers.IntegerField(read_only=True)
    reasons = ReasonSerializer(many=True, read_only=True)


class ImportDetailSerializer(ImportSerializer):
    """An import with the report of the run whose figures count."""

    report = ReportSerializer(read_only=True, allow_null=True)


class NewImportSerializer(serializers.Serializer[Any]):
    """Files of one import, as ``multipart/form-data``."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), min_length=1, max_length=MAX_FILES
    )
    starts_itself = serializers.BooleanField(default=False)
