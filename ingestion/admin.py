"""Reviews of sources' terms in the admin: the one table of sources that operators write."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from connectors.models import ConnectorReview
from connectors.policy import declaration_of
from ingestion.reviews.forms import ReviewForm
from ingestion.reviews.lines import allowed_uses, way_lines
from ingestion.reviews.preview import preview
from tenants.models import User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[ConnectorReview]
else:
    ModelAdmin = admin.ModelAdmin

_DECISION = ("has_read", "decision", "note")
_KEEPING = ("keep", "keep_days", "allows_ai", "allows_faces")
_MANNERS = ("acknowledges", "user_agent", "requests_per_minute", "heeds_robots")


@admin.register(ConnectorReview)
class ConnectorReviewAdmin(ModelAdmin):
    """Lists every way of reading, reviewed or not; its one page records the review.

    Who decided what and when stands in the admin's log. A review is never deleted: a way is shut
    by refusing it, and what came through it keeps its rule.
    """

    form = ReviewForm

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show all ways; ``?count`` also counts what the next night would remove."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        counted = preview() if "count" in request.GET else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Reviews of sources' terms",
            "opts": self.opts,
            "lines": way_lines(counted),
            "counted": counted,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/connectors/connectorreview/ways.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the terms above the form."""
        way = declaration_of(object_id or "")
        context = {"way": way, "title": f"Review: {way.title}" if way else "", "subtitle": None}
        if way:
            context["allowed_uses"] = allowed_uses(way.terms)
        return super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ConnectorReview | None:
        """Return the review of a way that is declared; an empty one where nobody reviewed it."""
        if declaration_of(object_id) is None:
            return None
        found = ConnectorReview.objects.filter(pk=object_id).first()
        return found or ConnectorReview(name=object_id)

    def get_fieldsets(self, request: HttpRequest, obj: ConnectorReview | None = None) -> Any:
        """Ask how to behave only where a way is unofficial; for no other use may that be kept."""
        way = declaration_of(obj.pk) if obj else None
        sections: list[tuple[str | None, dict[str, Any]]] = [
            ("Decision", {"fields": _DECISION}),
            ("What may become of it", {"fields": _KEEPING}),
        ]
        if way and not way.terms.is_official:
            sections[1:] = [
                ("What may become of it", {"fields": ("keep",)}),
                ("How to behave there", {"fields": _MANNERS}),
            ]
        return sections

    def save_model(
        self,
        request: HttpRequest,
        obj: ConnectorReview,
        form: Any,
        change: bool,  # noqa: FBT001  # Django's own signature
    ) -> None:
        """Record the review as made now, of the terms as they were last read."""
        way = declaration_of(obj.pk)
        if way is None:
            raise PermissionDenied
        now, who = timezone.now(), _name(request)
        obj.terms_read_on, obj.reviewed_on = way.terms.read_on, now.date()
        obj.reviewed_by, obj.changed_at = who, now
        if not form.cleaned_data.get("acknowledges"):
            obj.acknowledged_at, obj.acknowledged_by = None, ""
        elif obj.acknowledged_at is None:
            obj.acknowledged_at, obj.acknowledged_by = now, who
        obj.save()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: each way has its page already."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ConnectorReview | None = None
    ) -> bool:
        """Refuse: refusing a way shuts it, and who answered for what stays known."""
        return False


def _name(request: HttpRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""
