"""How tests call the API with a token."""

from collections.abc import Collection

from tenants.models import Membership
from tenants.scope import org_scope
from tenants.services.tokens import create_token
from tenants.token_scopes import TokenScope


def token_of(
    membership: Membership, *, scopes: Collection[str] = TokenScope.values, days: int = 30
) -> str:
    """Return the text of a new token of a member, made for everything unless told otherwise."""
    with org_scope(membership.org_id):
        _, text = create_token(membership=membership, name="CI", days=days, scopes=scopes)
    return text


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {text}"}
