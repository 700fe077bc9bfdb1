"""App of organizations and people."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    """Gives the runtime role its rights after each migration."""

    name = "tenants"
    verbose_name = "Organizations"

    def ready(self) -> None:
        """Register the grants that follow every migration, and the data map."""
        # Imported here: models need a loaded registry.
        from tenants import datamap_people  # noqa: F401, PLC0415
        from tenants.grants import grant_runtime_rights  # noqa: PLC0415

        post_migrate.connect(grant_runtime_rights, dispatch_uid="tenants.grants")
