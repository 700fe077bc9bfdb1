"""Settings that slow the queue down to a quarter."""

from config.settings_test import *  # noqa: F403  # settings are names of a module
from config.settings_test import Q_CLUSTER

Q_CLUSTER = Q_CLUSTER | {"save_limit": 250}
