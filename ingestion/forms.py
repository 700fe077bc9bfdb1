"""Forms of the ingestion pages: they parse and validate, and save nothing."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

MAX_FILES = 50
ACCEPTED = (
    ".zip,.json,.jsonl,.csv,.html,.htm,.gz,.db,.sqlite,.sqlite3,"
    ".db-wal,.sqlite-wal,.sqlite3-wal,.db-journal,.sqlite-journal,.sqlite3-journal,"
    "application/zip,application/json,text/html"
)


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """All files of one input."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Return the files; an empty one is the reader's to explain."""
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    """The files of one import."""

    # The form keeps what was sent under this name too; the class only declares.
    files = ManyFilesField(  # type: ignore[assignment]  # see above
        allow_empty_file=True,
        max_length=None,
        error_messages={
            "required": "Choose at least one file: a ZIP, JSON, JSONL, CSV or HTML export."
        },
    )
    starts_itself = forms.BooleanField(
        required=False, label="Import right after the check, without asking me"
    )

    def clean_files(self) -> "list[UploadedFile[Any]]":
        """Refuse more files than one import takes."""
        files: list[UploadedFile[Any]] = self.cleaned_data["files"]
        if len(files) > MAX_FILES:
            raise forms.ValidationError(
                f"Bring at most {MAX_FILES} files at once; these are {len(files)}."
            )
        return files
