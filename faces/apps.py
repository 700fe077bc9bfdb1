"""App of faces and people."""

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Faces found in pictures, and who they are; off until an organization opts in."""

    name = "faces"
    verbose_name = "People"
