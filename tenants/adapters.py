"""How django-allauth works with organizations and the master key."""

import logging
from types import SimpleNamespace
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse

from tenants import crypto
from tenants.browsers import browser_name
from tenants.errors import InvitationForAnotherError, InvitationGoneError
from tenants.invited import forget_invitation, remembered_invitation
from tenants.middleware import LAST_ORG
from tenants.models import User
from tenants.services.invitations import accept_invitation
from tenants.services.organizations import create_personal_organization

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Gives everybody who signs up an organization of their own."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This email address and this password do not go together.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This is not the code of the newest mail.",
        "incorrect_password": "This is not your password.",
        "rate_limited": "Too many tries. Wait a few minutes, then go on.",
        "too_many_login_attempts": "Too many tries. Wait a few minutes, then go on.",
    }

    @transaction.atomic
    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002  # allauth's signature
    ) -> User:
        """Store the person and an organization of their own."""
        user.name = form.cleaned_data.get("name", "")
        super().save_user(request, user, form, commit=commit)
        org = create_personal_organization(user=user)
        request.session[LAST_ORG] = org.slug
        return user

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Accept the invitation that brought a person, once the address is proven theirs.

        Not before: whoever was handed on the link could sign up with the address in it.
        """
        is_confirmed: bool = super().confirm_email(request, email_address)
        if is_confirmed:
            self._accept_invitation(request, email_address)
        return is_confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that calls the product by its name, not by the host that it runs on."""
        request: HttpRequest = allauth_context.request
        site = SimpleNamespace(name=settings.SITE_NAME, address=request.build_absolute_uri("/"))
        facts = {
            "current_site": site,
            "code_minutes": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60,
            "link_days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
        }
        super().send_mail(template_prefix, email, {**context, **facts})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that their account was changed, in case it was somebody else.

        The change is made by now: a mail server that does not answer must not seem to undo it.
        """
        request: HttpRequest = allauth_context.request
        facts = {
            "browser": browser_name(self.get_http_user_agent(request)),
            "password_url": request.build_absolute_uri(reverse("account_reset_password")),
        }
        try:
            super().send_notification_mail(
                template_prefix, user, {**(context or {}), **facts}, email
            )
        except OSError:
            logger.exception("The notice %s could not be sent.", template_prefix)

    def _accept_invitation(self, request: HttpRequest, proven: EmailAddress) -> None:
        secret = remembered_invitation(request)
        if secret is None:
            return
        try:
            membership = accept_invitation(
                secret=secret, user=proven.user, addresses={proven.email}
            )
        except (InvitationGoneError, InvitationForAnotherError):
            # The page of the invitation says why, once they are signed in.
            return
        forget_invitation(request)
        request.session[LAST_ORG] = membership.org.slug


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keeps the secrets of the second factor encrypted with the master key."""

    PURPOSE = "mfa"
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is wrong, or was used before. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return crypto.encrypt(text, purpose=self.PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret from the database.

        Raises:
            SecretUnreadableError: its key is lost, or it was damaged.
        """
        return crypto.decrypt(encrypted_text, purpose=self.PURPOSE)
