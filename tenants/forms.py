"""Forms of people and organizations. They parse and validate; services save."""

from typing import Any

from django import forms
from django.http import HttpRequest

from tenants.context_processors import THEMES
from tenants.models import Membership, User
from tenants.naming import clean_name
from tenants.permissions import Permission, Role
from tenants.services.organizations import NAME_LENGTH
from tenants.services.tokens import MAX_DAYS
from tenants.token_scopes import READ_SCOPES, TokenScope

TOKEN_LIFETIMES = [(7, "1 week"), (30, "30 days"), (90, "90 days"), (MAX_DAYS, "1 year")]

# The longest address that mail knows.
MAX_EMAIL = 254


class NameField(forms.CharField):
    """A name as people will see it; one that nobody could see is none."""

    def to_python(self, value: Any) -> str:
        """Return the name on one line, without controls and format characters."""
        return clean_name(super().to_python(value) or "")


class SignupForm(forms.Form):
    """What sign-up asks beyond allauth's own fields."""

    name = NameField(
        label="Your name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Do nothing more: the adapter has made the organization with the person."""


class OrganizationForm(forms.Form):
    """The name of an organization, new or old."""

    name = NameField(label="Name", max_length=NAME_LENGTH)


class RoleForm(forms.Form):
    """A role that ``actor`` may give."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_given_by(actor)  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        """Return the role as such."""
        return Role(self.cleaned_data["role"])


class InvitationForm(RoleForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label="Email address",
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["email", "role"]


class TokenForm(forms.Form):
    """What an API token is called, how long it lasts, and what it is for."""

    name = NameField(label="Name", max_length=80, help_text="For example, where it is used.")
    days = forms.TypedChoiceField(
        label="Expires after", choices=TOKEN_LIFETIMES, coerce=int, initial=90
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=TokenScope,
        initial=[scope.value for scope in READ_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one thing that the token may do."},
    )


class ProfileForm(forms.Form):
    """What others see of a person."""

    name = NameField(
        label="Your name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class ThemeForm(forms.Form):
    """The colours of the pages in this browser."""

    theme = forms.ChoiceField(
        label="Colours", choices=list(THEMES.items()), widget=forms.RadioSelect
    )


def roles_given_by(actor: Membership) -> list[tuple[str, str]]:
    """Return the roles that ``actor`` may give to others, the lowest first."""
    choices = [(role.value, role.label) for role in reversed(Role)]
    if actor.allows(Permission.MANAGE_OWNERS):
        return choices
    return [choice for choice in choices if choice[0] != Role.OWNER]
