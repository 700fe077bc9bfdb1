"""What the small window is opened with, and what it sends."""

from typing import Any, Final

from django import forms
from django.http import QueryDict

from ingestion.gather.captures.services import Capturing
from media.operations.boards import MAX_NAME
from media.operations.tags import MAX_NAMES
from tenants.forms import NameField
from tenants.naming import clean_name, clean_text

MAX_URL: Final = 4_096
MAX_TITLE: Final = 500
MAX_NOTE: Final = 20_000
# Of what is selected on a page, which comes in an address.
MAX_OPENED_TEXT: Final = 2_000


class OpenForm(forms.Form):
    """What is looked at."""

    url = forms.CharField(max_length=MAX_URL)
    picture = forms.CharField(max_length=MAX_URL, required=False)
    page_title = NameField(max_length=MAX_TITLE, required=False)


class SaveForm(OpenForm):
    """What is saved, and where to."""

    job = forms.UUIDField(required=False)
    choice = forms.IntegerField(required=False, min_value=0, max_value=1_000)
    title = NameField(max_length=MAX_TITLE, required=False)
    board_name = NameField(max_length=MAX_NAME, required=False)
    tags = NameField(max_length=2_000, required=False)
    note = forms.CharField(max_length=MAX_NOTE, required=False)

    def capturing(self) -> Capturing:
        """Return what the person said."""
        said = self.cleaned_data
        names = [name.strip() for name in said["tags"].split(",") if name.strip("# ")]
        return Capturing(
            url=said["url"],
            picture=said["picture"],
            page_title=said["page_title"],
            title=said["title"],
            board_name=said["board_name"],
            tags=tuple(names[:MAX_NAMES]),
            note=said["note"],
        )


def opened_with(query: QueryDict) -> dict[str, Any]:
    """Return what the window was opened with, cut to what it takes.

    Whoever opens it says what is in it, so nothing here is done before somebody presses Save.
    """
    title = clean_name(query.get("title", ""))[:MAX_TITLE]
    return {
        "url": query.get("url", "").strip()[: MAX_URL + 1],
        "picture": query.get("picture", "").strip()[: MAX_URL + 1],
        "page_title": title,
        "title": title,
        "note": clean_text(query.get("text", ""))[:MAX_OPENED_TEXT],
        # The picture that was meant has no address; another is chosen in its place.
        "is_embedded": bool(query.get("embedded")),
    }
