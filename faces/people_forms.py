"""Forms of people and their review. They parse and validate; services save."""

from typing import Any
from uuid import UUID

from django import forms

from faces.people.log import MAX_NAME
from media.forms import IdsField
from tenants.forms import NameField


class PersonNameForm(forms.Form):
    """What somebody is called."""

    name = NameField(max_length=MAX_NAME, label="Name")


class ChosenForm(forms.Form):
    """Some faces, or some people, by key."""

    ids = IdsField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse an empty selection."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("ids"):
            raise forms.ValidationError("Select something first.")
        return cleaned

    @property
    def keys(self) -> list[UUID]:
        """Return what was selected."""
        found: list[UUID] = self.cleaned_data["ids"]
        return found


class QuestionForm(forms.Form):
    """An answer to a question of the review."""

    KINDS = (("faces", "faces"), ("pairs", "pairs"), ("people", "people"))
    DECISIONS = tuple((word, word) for word in ("yes", "no", "none", "new", "skip", "hide"))

    of = forms.ChoiceField(choices=KINDS)
    decision = forms.ChoiceField(choices=DECISIONS)
    face = forms.UUIDField(required=False)
    person = forms.UUIDField()
    other = forms.UUIDField(required=False)
    name = NameField(max_length=MAX_NAME, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the name of somebody new."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "new" and not cleaned.get("name"):
            self.add_error("name", "Write a name first.")
        return cleaned
