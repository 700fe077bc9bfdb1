"""What a request to the API is allowed to be: whose rights, in which organization."""

from dataclasses import dataclass

from tenants.models import Membership


@dataclass(frozen=True, slots=True)
class Credential:
    """Found by authentication; ``request.auth`` of every API call.

    Attributes:
        membership: in the organization that the call is about; None where a session's
            call names no organization.
        is_read_only: whether nothing may be changed with it.
        is_token: whether it came from a token rather than from a session.
    """

    membership: Membership | None
    is_read_only: bool = False
    is_token: bool = False
