"""The form in which an operator records what a platform's terms mean here."""

import re
from typing import TYPE_CHECKING, Any, Final

from django import forms

from connectors.models import ConnectorReview, Decision, Keep
from connectors.models.review import MOST_PER_MINUTE
from connectors.policy import declaration_of

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[ConnectorReview]
else:
    ModelForm = forms.ModelForm

_CONTACT: Final = re.compile(r"https?://[\w.-]+\.\w|[\w.+-]+@[\w.-]+\.\w")
# A header of HTTP.
_SENDABLE: Final = re.compile(r"[\x20-\x7e]+")
_OF_UNOFFICIAL: Final = ("acknowledges", "user_agent", "requests_per_minute", "heeds_robots")
# What comes in an unofficial way becomes part of what other ways brought, and goes with that.
_KEPT_OF_UNOFFICIAL: Final = [
    (Keep.LIVE, "Nothing is kept, so nothing is asked for"),
    (Keep.ALWAYS, "It is kept, as part of what the library has already"),
]


class ReviewForm(ModelForm):
    """Asks for a decision, what may be kept, and of an unofficial way how to behave there."""

    has_read = forms.BooleanField(
        label="I have read the terms as they are now",
        help_text="Not only the summary above: they may say more, and may have changed.",
    )
    acknowledges = forms.BooleanField(
        label="I answer for using a way that is not offered to programs",
        help_text="The platform may forbid it, shut it, or close accounts. Nobody but you can "
        "weigh that.",
        required=False,
    )

    class Meta:
        model = ConnectorReview
        fields = (
            "decision",
            "note",
            "keep",
            "keep_days",
            "allows_ai",
            "allows_faces",
            "user_agent",
            "requests_per_minute",
            "heeds_robots",
        )
        labels = {  # Django's own form
            "keep": "What comes through the API",
            "keep_days": "Days",
            "allows_ai": "May be described by AI",
            "allows_faces": "May be searched for faces, where an organization has consented",
            "user_agent": "Who we say we are",
            "requests_per_minute": "Requests a minute, at the most",
            "heeds_robots": "Leave alone what the site's robots.txt refuses",
        }
        help_texts = {  # Django's own form
            "note": "Why, and what proves it: a written permission, a contract, who was asked.",
            "keep_days": "Only where it expires: so long after the source has last shown it.",
            "user_agent": "With an address to reach you, such as "
            "“Magpie (+https://example.org/magpie)”.",
            "requests_per_minute": "Of all workers together. What is asking already follows within "
            "seconds.",
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}  # Django's own form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        way = declaration_of(self.instance.pk)
        self.is_official = way is not None and way.terms.is_official
        if self.is_official:
            for name in _OF_UNOFFICIAL:
                self.fields.pop(name, None)
        elif "acknowledges" in self.fields:
            self.fields["acknowledges"].initial = self.instance.acknowledged_at is not None
            self.fields["keep"] = forms.ChoiceField(
                label="What it brings", choices=_KEPT_OF_UNOFFICIAL
            )

    def clean(self) -> dict[str, Any]:
        """Check what the fields mean together."""
        values = super().clean() or self.cleaned_data
        keep, days = values.get("keep"), values.get("keep_days")
        if keep == Keep.DAYS and not days:
            self.add_error("keep_days", "Say after how many days it expires.")
        if keep != Keep.DAYS and days:
            self.add_error("keep_days", "Days count only where it expires. Leave them out.")
        if keep == Keep.LIVE:
            for name in ("allows_ai", "allows_faces"):
                if values.get(name):
                    self.add_error(name, "A live view keeps no picture that could be looked at.")
        if values.get("acknowledges"):
            self._check_manners(values)
            if values.get("decision") == Decision.ALLOWED and keep == Keep.LIVE:
                self.add_error(
                    "keep", "You answer for using it, which is of no use while nothing is kept."
                )
        return values

    def _check_manners(self, values: dict[str, Any]) -> None:
        if not _CONTACT.search(values.get("user_agent") or ""):
            self.add_error(
                "user_agent", "Name an address to reach you: a web page or an e-mail address."
            )
        elif not _SENDABLE.fullmatch(values["user_agent"]):
            self.add_error(
                "user_agent", "Use letters without accents, digits and signs: no other can be sent."
            )
        pace = values.get("requests_per_minute")
        if pace is None or not 1 <= pace <= MOST_PER_MINUTE:
            self.add_error("requests_per_minute", f"Say a number from 1 to {MOST_PER_MINUTE:,}.")
