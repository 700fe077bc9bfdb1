"""Settings of a command that is broken off: small batches, and a session without a browser."""

from config.settings_test import *  # noqa: F403  # settings are names of a module
from config.settings_test import INSTALLED_APPS, LOGGING

INSTALLED_APPS = [*INSTALLED_APPS, "tests.ingestion.pins.apps.NoBrowserConfig"]
LOGGING["root"]["level"] = "ERROR"
# Who was killed is missed soon.
LEASE_S = 4
