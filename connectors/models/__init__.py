"""Links between organizations and sources, their credentials, and what all who ask share."""

from connectors.models.budget import RequestBudget
from connectors.models.connection import Connection
from connectors.models.credential import Credential, CredentialState, PlatformSecret
from connectors.models.oauth_app import OAuthApp
from connectors.models.review import ConnectorReview, Decision, Keep
from connectors.models.website import WebSite

__all__ = [
    "Connection",
    "ConnectorReview",
    "Credential",
    "CredentialState",
    "Decision",
    "Keep",
    "OAuthApp",
    "PlatformSecret",
    "RequestBudget",
    "WebSite",
]
