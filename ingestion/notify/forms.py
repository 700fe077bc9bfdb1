"""The form of how to be told."""

from django import forms


class ChoiceForm(forms.Form):
    """Where a person wants to hear of an organization's data."""

    in_app = forms.BooleanField(
        required=False,
        label="At the bell",
        help_text="Off: what is told is listed here, and the bell stays quiet.",
    )
    by_email = forms.BooleanField(
        required=False,
        label="By mail",
        help_text="At once where something needs you, else one mail an hour at most.",
    )
