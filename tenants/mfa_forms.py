"""Forms of the second factor, where allauth's own leave something open."""

from typing import Any

from allauth.core import context as allauth_context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as allauth_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from tenants import crypto
from tenants.errors import SecretUnreadableError

PURPOSE = "mfa_setup"


class ActivateTOTPForm(allauth_forms.ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """Sets up an authenticator app, whose secret waits encrypted in the session meanwhile.

    allauth keeps it there as it is, for whoever reads the table of sessions or its backups.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        person = str(kwargs["user"].pk)
        session = allauth_context.request.session
        _unseal(session, person)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = crypto.encrypt(self.secret, purpose=PURPOSE, context=person)

    def clean_code(self) -> str:
        """Return the code if it is right; nobody can sign in with the same one afterwards.

        Raises:
            ValidationError: it is wrong, or was used before.
        """
        code: str = super().clean_code()
        adapter = get_adapter()
        authenticator = Authenticator(
            user=self.user,
            type=Authenticator.Type.TOTP,
            data={"secret": adapter.encrypt(self.secret)},
        )
        # Unlike the check above, an authenticator's own remembers the code as used.
        if not authenticator.wrap().validate_code(code):
            raise adapter.validation_error("incorrect_code")
        return code


def _unseal(session: SessionBase, person: str) -> None:
    """Open the secret for allauth's form, which makes a fresh one if there is none."""
    sealed = session.pop(SECRET_SESSION_KEY, None)
    if sealed is None:
        return
    try:
        secret = crypto.decrypt(sealed, purpose=PURPOSE, context=person)
    except SecretUnreadableError:
        # Its master key has gone, or somebody else was signed in: a fresh one is shown.
        return
    session[SECRET_SESSION_KEY] = secret
