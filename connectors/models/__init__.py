"""Links between organizations and sources, their credentials, and what all who ask share."""

from connectors.models.budget import RequestBudget
from connectors.models.connection import Connection
from connectors.models.credential import Credential, CredentialState, PlatformSecret
from connectors.models.website import WebSite

__all__ = [
    "Connection",
    "Credential",
    "CredentialState",
    "PlatformSecret",
    "RequestBudget",
    "WebSite",
]
