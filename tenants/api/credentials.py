"""What a request to the API is allowed to be: whose rights, in which organization."""

from dataclasses import dataclass

from tenants.models import Membership
from tenants.permissions import Permission
from tenants.token_scopes import opens


@dataclass(frozen=True, slots=True)
class Credential:
    """Found by authentication; ``request.auth`` of every API call.

    Attributes:
        membership: in the organization that the call is about; None where a session's
            call names no organization.
        scopes: what a token was made for; None for a session, which may do whatever its person
            may.
    """

    membership: Membership | None
    scopes: frozenset[str] | None = None

    @property
    def is_token(self) -> bool:
        """Return whether it came from a token rather than from a session."""
        return self.scopes is not None

    def is_for(self, permission: Permission) -> bool:
        """Return whether it reaches ``permission``, whatever the role holds."""
        return self.scopes is None or opens(self.scopes, permission)
