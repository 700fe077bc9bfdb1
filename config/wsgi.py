"""WSGI entry point for gunicorn and every other server."""

import os
import sys

from django.core.management.base import CommandError
from django.core.wsgi import get_wsgi_application
from django.db import connections

from config.checks import refuse_harmful_settings
from config.database.fitness import refuse_unfit_runtime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Commands look at the settings by themselves; a server of WSGI has to be told to. And nobody is
# served on a role that could step over the walls between organizations.
try:
    refuse_harmful_settings()
    refuse_unfit_runtime()
except CommandError as error:
    sys.exit(str(error))
finally:
    # A server that forks after this must not share it.
    connections.close_all()
