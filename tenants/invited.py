"""The invitation whose link was opened, kept for whoever has still to sign up or in."""

from django.http import HttpRequest

from tenants import crypto
from tenants.errors import SecretUnreadableError

SESSION_KEY = "invitation"
PURPOSE = "invitation"


def remember_invitation(request: HttpRequest, secret: str) -> None:
    """Keep the secret of a link, encrypted: the table of invitations has its digest only."""
    request.session[SESSION_KEY] = crypto.encrypt(secret, purpose=PURPOSE)


def remembered_invitation(request: HttpRequest) -> str | None:
    """Return the secret that is kept; None where there is none that can be read."""
    sealed = request.session.get(SESSION_KEY)
    if sealed is None:
        return None
    try:
        return crypto.decrypt(sealed, purpose=PURPOSE)
    except SecretUnreadableError:
        return None


def forget_invitation(request: HttpRequest) -> None:
    """Drop what is kept, once it was accepted."""
    request.session.pop(SESSION_KEY, None)
