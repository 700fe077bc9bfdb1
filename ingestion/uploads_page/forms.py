"""Forms of the page of uploads: they parse and validate, and save nothing."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from ingestion.forms import ManyFilesField
from ingestion.gather.pages import Rendering

MAX_URL_CHARS = 2048
RENDERINGS = [
    (Rendering.AUTO.value, "Where the page shows little without them"),
    (Rendering.ALWAYS.value, "Always: a browser opens the page, which takes longer"),
    (Rendering.NEVER.value, "Never"),
]


class ScrapeForm(forms.Form):
    """The page whose pictures are wanted."""

    url = forms.CharField(
        max_length=MAX_URL_CHARS,
        error_messages={
            "required": "Paste the address of a page first.",
            "max_length": f"An address has at most {MAX_URL_CHARS:,} characters.",
        },
    )
    chooses = forms.BooleanField(required=False)
    rendering = forms.ChoiceField(choices=RENDERINGS, required=False)

    def clean_rendering(self) -> Rendering:
        """Return what was chosen; of nothing, what fits most pages."""
        return Rendering(self.cleaned_data["rendering"] or Rendering.AUTO)


class PicturesForm(forms.Form):
    """Pictures from a person's disk or clipboard."""

    # The form keeps what was sent under this name too; the class only declares.
    files = ManyFilesField(  # type: ignore[assignment]  # see above
        allow_empty_file=True,
        max_length=None,
        error_messages={"required": "Choose at least one picture."},
    )

    def clean_files(self) -> "list[UploadedFile[Any]]":
        """Return the files; an empty one is the decoder's to explain."""
        files: list[UploadedFile[Any]] = self.cleaned_data["files"]
        return files
