"""The composition root as an app, so that it can hold commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the commands that run the product as a whole."""

    name = "config"
