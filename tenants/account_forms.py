"""allauth's forms in the words of the other pages."""

from typing import Any

from allauth.account import forms as allauth_forms
from django.forms import BaseForm

NEW_PASSWORDS = {"password1": "New password", "password2": "New password, once more"}


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Sign in with a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, {"remember": "Stay signed in"})


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]  # no types
    """Change the password that one knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, {"oldpassword": "Current password", **NEW_PASSWORDS})


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]  # no types
    """Set another password than the one that was forgotten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, NEW_PASSWORDS)


def _relabel(form: BaseForm, labels: dict[str, str]) -> None:
    """Name the fields; allauth's placeholders only repeat the labels that go."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
