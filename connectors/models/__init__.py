"""Links between organizations and sources, their credentials, and what is kept of web sites."""

from connectors.models.connection import Connection
from connectors.models.credential import Credential, CredentialState, PlatformSecret
from connectors.models.website import WebSite

__all__ = ["Connection", "Credential", "CredentialState", "PlatformSecret", "WebSite"]
