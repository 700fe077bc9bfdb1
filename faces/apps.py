"""App of faces and people."""

from importlib import import_module

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Faces found in pictures, and who they are; off until an organization opts in."""

    name = "faces"
    verbose_name = "People"

    def ready(self) -> None:
        """Make the data map known."""
        import_module("faces.datamap")
