"""Settings of the workers that the tests start: the product's, with one more kind of job."""

from config.settings_test import *  # noqa: F403  # settings are names of a module
from config.settings_test import INSTALLED_APPS, LOGGING

INSTALLED_APPS = [*INSTALLED_APPS, "tests.worker.apps.PatientJobsConfig"]
LOGGING["root"]["level"] = "INFO"
