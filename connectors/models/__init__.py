"""Links between organizations and sources, and what is kept of web sites."""

from connectors.models.connection import Connection
from connectors.models.website import WebSite

__all__ = ["Connection", "WebSite"]
