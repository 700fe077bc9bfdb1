"""Settings of the workers of a storm: the product's, with small steps and a slow source."""

import os

from config.settings_test import *  # noqa: F403  # settings are names of a module
from config.settings_test import INSTALLED_APPS, LOGGING, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.ingestion.chaos.apps.SmallStepsConfig"]
LOGGING["root"]["level"] = "ERROR"
# Where the test keeps the files that it brings.
STORAGES["default"]["OPTIONS"] = {"location": os.environ["CHAOS_FILES"]}
