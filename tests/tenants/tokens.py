"""How tests call the API with a token."""

from tenants.models import Membership
from tenants.scope import org_scope
from tenants.services.tokens import create_token


def token_of(membership: Membership, *, is_read_only: bool = False, days: int = 30) -> str:
    """Return the text of a new token of a member."""
    with org_scope(membership.org_id):
        return create_token(membership=membership, name="CI", days=days, is_read_only=is_read_only)[
            1
        ]


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {text}"}
