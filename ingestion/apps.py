"""App of the engine."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    """Jobs, runs, the driver, and imports."""

    name = "ingestion"
    verbose_name = "Ingestion"

    def ready(self) -> None:
        """Make the kinds of jobs and the data map known, and listen for new organizations."""
        # Imported here: kinds need a loaded registry.
        from ingestion import datamap, faces_receivers, receivers  # noqa: F401, PLC0415
        from ingestion.changes import ChangeKind  # noqa: PLC0415
        from ingestion.drops.kind import DropKind  # noqa: PLC0415
        from ingestion.engine.kinds import register  # noqa: PLC0415
        from ingestion.faces_people import PeopleKind  # noqa: PLC0415
        from ingestion.faces_withdrawal import FacesWithdrawalKind  # noqa: PLC0415
        from ingestion.freshness import record  # noqa: F401, PLC0415
        from ingestion.gather.captures.kind import CaptureKind  # noqa: PLC0415
        from ingestion.gather.pages import ScrapeKind  # noqa: PLC0415
        from ingestion.gather.uploads import UploadKind  # noqa: PLC0415
        from ingestion.imports.kind import ImportKind  # noqa: PLC0415
        from ingestion.pins.kind import PinsKind  # noqa: PLC0415
        from ingestion.policy.barring import barred_assets  # noqa: PLC0415
        from ingestion.stages.faces import FacesKind  # noqa: PLC0415
        from ingestion.stages.fetch import FetchKind  # noqa: PLC0415
        from ingestion.stages.links import LinksKind  # noqa: PLC0415
        from ingestion.stages.rendition import RenditionKind  # noqa: PLC0415
        from ingestion.syncs.kind import SyncKind  # noqa: PLC0415
        from ingestion.syncs.purging import PurgeKind  # noqa: PLC0415
        from ingestion.upkeep import UpkeepKind  # noqa: PLC0415
        from media.barring import register_barring  # noqa: PLC0415

        register_barring(barred_assets)
        kinds = (
            ImportKind(),
            DropKind(),
            FetchKind(),
            RenditionKind(),
            LinksKind(),
            PeopleKind(),
            FacesKind(),
            ChangeKind(),
            UpkeepKind(),
            FacesWithdrawalKind(),
            ScrapeKind(),
            UploadKind(),
            CaptureKind(),
            SyncKind(),
            PurgeKind(),
            PinsKind(),
        )
        for kind in kinds:
            register(kind)
