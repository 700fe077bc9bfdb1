"""App of faces and people."""

from importlib import import_module

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Faces found in pictures, and who they are; off until an organization opts in."""

    name = "faces"
    verbose_name = "People"

    def ready(self) -> None:
        """Make the data map, the units of the stage, and the filters of the library known."""
        import_module("faces.datamap")
        units = import_module("faces.units")
        again = import_module("media.again")
        again.register_units("faces", again.Units(units.add_units, units.missing))
        import_module("faces.people.library").register_filters()
