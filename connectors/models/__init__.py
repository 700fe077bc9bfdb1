"""Links between organizations and sources."""

from connectors.models.connection import Connection

__all__ = ["Connection"]
