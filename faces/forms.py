"""Forms of what an organization allows. They parse and validate; services save."""

from typing import Any

from django import forms

from faces.errors import SourceNotAttestableError
from faces.models.consent import (
    MAX_RETENTION_DAYS,
    Attestable,
    LawfulBasis,
    Relation,
)
from faces.sites import clean_site, why_not
from faces.wording import CONSENT


class ConsentForm(forms.Form):
    """What an owner says when they switch faces on."""

    lawful_basis = forms.ChoiceField(
        label="What makes it lawful", choices=LawfulBasis.choices, widget=forms.RadioSelect
    )
    is_agreed = forms.BooleanField(label="I have read the statement above, and it is so.")
    text_version = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text_version"].initial = CONSENT.version

    def clean_lawful_basis(self) -> LawfulBasis:
        """Return the basis as such."""
        return LawfulBasis(self.cleaned_data["lawful_basis"])


class SourceForm(forms.Form):
    """A source that an organization vouches for."""

    source = forms.CharField(
        label="Source", widget=forms.Select(choices=[("web", "A website"), ("upload", "Uploads")])
    )
    site = forms.CharField(
        label="Website",
        max_length=2048,
        help_text="Its domain. The whole site counts, and none below or beside it.",
        widget=forms.TextInput(attrs={"placeholder": "example.com", "autocapitalize": "none"}),
    )
    relation = forms.ChoiceField(label="Whose pictures they are", choices=Relation.choices)
    is_agreed = forms.BooleanField(label="That is so.")
    # Uploads have no site, and the browser does not know that.
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].required = self.data.get("source") in ("", None, Attestable.WEB)

    def clean_source(self) -> str:
        """Return the source.

        Raises:
            ValidationError: why nobody can vouch for it.
        """
        source: str = self.cleaned_data["source"]
        if reason := why_not(source):
            raise forms.ValidationError(reason)
        return source

    def clean_relation(self) -> Relation:
        """Return the relation as such."""
        return Relation(self.cleaned_data["relation"])

    def clean(self) -> dict[str, Any]:
        """Check the site of what has one."""
        values = super().clean() or {}
        if values.get("source") == Attestable.WEB and "site" in values:
            try:
                values["site"] = clean_site(values["site"])
            except SourceNotAttestableError as error:
                self.add_error("site", error.message)
        return values


class KeepingForm(forms.Form):
    """How long what is kept is kept, and what a machine may decide."""

    retention_days = forms.IntegerField(
        label="Days until templates of unnamed faces are deleted",
        min_value=1,
        max_value=MAX_RETENTION_DAYS,
    )
    auto_assign = forms.BooleanField(
        label="Add a face that clearly looks like a named person to them",
        help_text="Without this, every face waits for somebody to say who it is.",
        required=False,
    )
