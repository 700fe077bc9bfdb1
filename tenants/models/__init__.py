"""Organizations, people, and what ties them together."""

from tenants.models.data_key import DataKey, PlatformKey
from tenants.models.invitation import Invitation
from tenants.models.organization import Membership, Organization
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "ApiToken",
    "DataKey",
    "Invitation",
    "Membership",
    "Organization",
    "PlatformKey",
    "User",
]
