"""What people send to the library's pages."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, QueryDict

from media.library import LibraryFilter
from media.models import Asset, Board
from media.operations import Selection
from media.operations.boards import MAX_NAME, board_to_be
from media.operations.tags import MAX_NAMES
from media.operations.text import MAX_TEXT, MAX_TITLE
from tenants.forms import NameField

MAX_IDS = 5_000


class IdsField(forms.Field):
    """Keys of assets, each as a value of its own."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> list[UUID]:
        """Return the keys.

        Raises:
            forms.ValidationError: one of them is no key, or there are too many.
        """
        if len(value or []) > MAX_IDS:
            raise forms.ValidationError(f"Select at most {MAX_IDS:,} one by one, or all of them.")
        try:
            return [UUID(each) for each in value or []]
        except ValueError as error:
            raise forms.ValidationError("What was selected cannot be read.") from error


class SelectionForm(forms.Form):
    """Some assets by key, or with ``all`` all that match ``query``."""

    ids = IdsField(required=False)
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4_000)

    def __init__(self, *args: Any, in_trash: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_trash = in_trash

    def clean(self) -> dict[str, Any]:
        """Refuse an empty selection, and "all" without saying all of what."""
        cleaned = super().clean() or {}
        if cleaned.get("all") and "query" not in self.data:
            raise forms.ValidationError("Say what to select from: “query” is missing.")
        if not self.errors and not cleaned.get("all") and not cleaned.get("ids"):
            raise forms.ValidationError("Select something first.")
        return cleaned

    @property
    def asked(self) -> LibraryFilter:
        """Return the filter of the list that was selected from."""
        return LibraryFilter.parse(QueryDict(self.cleaned_data["query"]))

    def selection(self) -> Selection:
        """Return what was selected.

        Raises:
            Http404: none of the keys is an asset of the organization.
        """
        if self.cleaned_data["all"]:
            return Selection.matching(self.asked)
        ids = self.cleaned_data["ids"]
        if not Asset.objects.filter(pk__in=ids).exists():
            raise Http404
        return Selection.of_ids(ids)


class BoardChoiceForm(forms.Form):
    """A board by key, or by a name that may be new."""

    board = forms.UUIDField(required=False)
    board_name = NameField(required=False, max_length=MAX_NAME, label="Board")

    def clean(self) -> dict[str, Any]:
        """Refuse neither of the two."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("board") and not cleaned.get("board_name"):
            raise forms.ValidationError("Choose a board, or name a new one.")
        return cleaned

    def existing(self) -> Board | None:
        """Return the board that was chosen or named, or None where it is to be made.

        Raises:
            Http404: the key is no board of the organization.
        """
        key = self.cleaned_data["board"]
        if not key:
            return board_to_be(self.cleaned_data["board_name"])
        board = Board.objects.present().filter(pk=key).first()
        if board is None:
            raise Http404
        return board


class TagsForm(forms.Form):
    """Tags, one per value, several in one value parted by commas."""

    tags = NameField(max_length=2_000, label="Tags")

    def clean_tags(self) -> list[str]:
        """Return the names.

        Raises:
            forms.ValidationError: there is none.
        """
        names = [name.strip() for name in self.cleaned_data["tags"].split(",")]
        names = [name for name in names if name.strip("# ")]
        if not names:
            raise forms.ValidationError("Write a tag first.")
        return names[:MAX_NAMES]


class TextForm(forms.Form):
    """Title and text of an asset; empty is the source's."""

    title = NameField(required=False, max_length=MAX_TITLE)
    text = forms.CharField(
        required=False, max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )


class BoardNameForm(forms.Form):
    """The name of a board."""

    name = NameField(max_length=MAX_NAME)
