"""App of the library."""

from importlib import import_module

from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Assets, their pictures, boards, tags and search."""

    name = "media"
    verbose_name = "Library"

    def ready(self) -> None:
        """Make the data map known."""
        import_module("media.datamap")
