"""PostgreSQL for Django; starts the embedded server when no DATABASE_URL names another."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base
from psycopg.conninfo import conninfo_to_dict


class DatabaseWrapper(base.DatabaseWrapper):
    """Fills in the embedded server's address at connect time, never at import time.

    ``settings_dict["EMBEDDED"]`` names the login to use, ``app`` or ``owner``; without it
    this is Django's own backend.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """Return psycopg's keywords, after starting the embedded server if it is ours."""
        login = self.settings_dict.get("EMBEDDED")
        if not login:
            return super().get_connection_params()
        # Imported here: a server of one's own needs neither psutil nor the wheel.
        from config.embedded.server import ensure_running  # noqa: PLC0415

        endpoints = ensure_running(Path(self.settings_dict["EMBEDDED_VAR_DIR"]))
        url = endpoints.owner_url if login == "owner" else endpoints.app_url
        address = conninfo_to_dict(url)
        self.settings_dict.update(
            USER=address["user"],
            PASSWORD=address["password"],
            HOST=address["host"],
            PORT=str(address["port"]),
        )
        if not self.settings_dict["NAME"]:
            self.settings_dict["NAME"] = address["dbname"]
        return super().get_connection_params()
