"""The composition root as an app, so that it can hold commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the commands that run the product as a whole."""

    name = "config"

    def ready(self) -> None:
        """Register the checks of the queue."""
        # Imported here: registering is all that it is for.
        from tenants.queue import checks  # noqa: F401, PLC0415
