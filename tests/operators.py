"""People who run the installation, as the administration lets them in."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tests.factories import PASSWORD, UserFactory


def sign_in_staff(client: Client, **rights: Any) -> User:
    """Sign in somebody of the staff who has a second factor, and has just shown who they are."""
    user = UserFactory.create(is_staff=True, **rights)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client.force_login(user)
    prove(client)
    _show_second_factor(client)
    return user


def prove(client: Client) -> None:
    """Give the password once more."""
    response = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert response.status_code == 302


def _show_second_factor(client: Client) -> None:
    """Note that the session began with it."""
    session = client.session
    password = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{**password[0], "method": "mfa"}, *password]
    session.save()
