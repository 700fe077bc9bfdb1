"""App of the library."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Assets, their pictures, boards, tags and search."""

    name = "media"
    verbose_name = "Library"
