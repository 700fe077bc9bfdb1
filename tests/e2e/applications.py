"""Enters the stand-in's application into a product that runs; by itself, as its operator would."""

import os
import sys

import django


def main() -> None:
    """Enter an application for a connector: its name, the id and the secret."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    # Imported here: it needs the settings.
    from connectors.oauth.applications import save_application  # noqa: PLC0415

    connector, client_id, client_secret = sys.argv[1:]
    save_application(connector, client_id=client_id, client_secret=client_secret)


if __name__ == "__main__":
    main()
