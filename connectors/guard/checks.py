"""System checks of the settings that weaken the guard."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from connectors.guard.host_map import HostMap
from connectors.guard.options import is_production


@register(Tags.security)
def check_fetch_host_map(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse stand-ins in production, and stand-ins that are not on loopback."""
    entries = getattr(settings, "FETCH_HOST_MAP", {})
    if entries and is_production():
        return [
            Error(
                "FETCH_HOST_MAP is set, and this is a real installation: it has a SECRET_KEY.",
                hint="Unset FETCH_HOST_MAP: it sends requests for named hosts to this machine.",
                id="connectors.E001",
            )
        ]
    try:
        HostMap(entries)
    except ImproperlyConfigured as exc:
        return [Error(str(exc), hint="Write host=127.0.0.1:port.", id="connectors.E002")]
    return []
