"""App of the sources."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Readers of exports, clients of APIs, and the guard of outgoing requests."""

    name = "connectors"
    verbose_name = "Sources"
