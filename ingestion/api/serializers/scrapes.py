"""Scrape jobs as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from ingestion.gather.earlier import Stands
from ingestion.gather.pages import Rendering
from ingestion.gather.status import ItemStatus, JobStatus


class EarlierSerializer(serializers.Serializer[Any]):
    """That the page was asked for before, as was known when it was submitted again.

    ``state`` says whether that goes on, awaits a choice, was cancelled, or is done; ``scraped_at``
    when something last happened to it; ``likely_skipped`` how many of its pictures are here.
    """

    id = serializers.UUIDField(source="job_id", read_only=True)
    state = serializers.ChoiceField(
        choices=[each.value for each in Stands], source="stands", read_only=True
    )
    scraped_at = serializers.DateTimeField(source="updated_at", read_only=True)
    likely_skipped = serializers.IntegerField(read_only=True)


class ScrapeJobSerializer(serializers.Serializer[Any]):
    """A page whose pictures are brought; ``total_images`` is null until they are found.

    ``error`` is a code of the table of failures, and null unless the job failed.
    """

    id = serializers.UUIDField(source="job.pk", read_only=True)
    url = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=JobStatus.choices, read_only=True)
    total_images = serializers.IntegerField(read_only=True, allow_null=True)
    processed_count = serializers.IntegerField(source="counts.completed", read_only=True)
    skipped_count = serializers.IntegerField(source="counts.skipped", read_only=True)
    failed_count = serializers.IntegerField(source="counts.failed", read_only=True)
    error = serializers.SerializerMethodField()
    message = serializers.CharField(source="sentence", read_only=True)
    title = serializers.CharField(source="job.name", read_only=True)
    awaits_choice = serializers.BooleanField(read_only=True)
    run_id = serializers.UUIDField(source="run.pk", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(source="job.created_at", read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_error(self, found: Any) -> str | None:
        """Return why it failed; null where it did not."""
        return found.error or None


class ScrapeJobItemSerializer(serializers.Serializer[Any]):
    """One picture of a page; ``image_id`` is its asset, null until it is here."""

    id = serializers.UUIDField(read_only=True)
    source_url = serializers.CharField(source="wanted.url", read_only=True)
    status = serializers.ChoiceField(choices=ItemStatus.choices, read_only=True)
    image_id = serializers.UUIDField(source="asset_id", read_only=True, allow_null=True)
    error = serializers.SerializerMethodField()
    explanation = serializers.CharField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    alt_text = serializers.CharField(source="wanted.alt_text", read_only=True)
    caption = serializers.CharField(source="wanted.caption", read_only=True)

    def get_error(self, found: Any) -> str | None:
        """Return why it failed or was skipped; null where it came."""
        return found.error or None


class ScrapeJobDetailSerializer(ScrapeJobSerializer):
    """A scrape job with its pictures."""

    items = ScrapeJobItemSerializer(many=True, read_only=True)
    earlier = EarlierSerializer(read_only=True, allow_null=True)


class NewScrapeJobSerializer(serializers.Serializer[Any]):
    """A page to scrape; ``choose`` only looks, for ``choice`` to say what is to be taken."""

    url = serializers.CharField(max_length=2048)
    choose = serializers.BooleanField(default=False)
    rendering = serializers.ChoiceField(
        choices=[each.value for each in Rendering], default=Rendering.AUTO.value
    )


class ChoiceSerializer(serializers.Serializer[Any]):
    """The pictures to take, by their positions."""

    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=0), min_length=1, max_length=5_000
    )
