"""App of the sources."""

from importlib import import_module

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Readers of exports, clients of APIs, and the guard of outgoing requests."""

    name = "connectors"
    verbose_name = "Sources"

    def ready(self) -> None:
        # The imports register the system checks, the data map, where secrets are kept, and the
        # connectors.
        import_module("connectors.guard.checks")
        import_module("connectors.datamap")
        import_module("connectors.sealed")
        import_module("connectors.pinterest_api.connector")
        import_module("connectors.pinterest_web.policy")
