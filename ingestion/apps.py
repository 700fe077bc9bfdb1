"""App of the engine."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    """Jobs, runs, the driver, and imports."""

    name = "ingestion"
    verbose_name = "Ingestion"
