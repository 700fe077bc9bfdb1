"""The admin site; people sign in with the product's own page, rate limits and TOTP included."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from tenants.sign_in import has_proven_themself_within, has_shown_second_factor

View = TypeVar("View", bound=Callable[..., Any])

# How long somebody may look around before they are asked again who they are; and how long what
# they send is taken, so that nobody loses a form that they read the terms beside.
LOOK_S, SEND_S = 15 * 60, 60 * 60
NEEDS_SECOND_FACTOR = (
    "The administration asks for two-factor sign-in. Set it up here, then open it again."
)


class MagpieAdminSite(admin.AdminSite):
    """Shows platform-wide tables to staff; tenant content never appears here."""

    site_header = "Magpie administration"
    site_title = "Magpie"
    index_title = "Platform"
    index_template = "admin/platform.html"

    # Libraries register their tables on their own account; only these may appear.
    shown_models = frozenset(
        {
            "tenants.user",
            "account.emailaddress",
            "connectors.connectorreview",
            "connectors.oauthapp",
        }
    )

    def register(
        self,
        model_or_iterable: Any,
        admin_class: "type[admin.ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """Register what the list above names, and ignore the rest."""
        found: list[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else [*model_or_iterable]
        )
        shown = [model for model in found if model._meta.label_lower in self.shown_models]
        if shown:
            super().register(shown, admin_class, **options)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the page that shows how the installation is doing."""
        return [
            path("status/", self.admin_view(self.status), name="status"),
            *super().get_urls(),
        ]

    def admin_view(
        self,
        view: View,
        cacheable: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
    ) -> View:
        """Let staff in who have shown a second factor, and lately that it is them.

        Everybody may leave; and the page of figures, which asks for itself, may stand open.
        """
        if view == self.logout:
            return super().admin_view(view, cacheable)
        asks_again = view != self.status

        @wraps(view)
        def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not settings.IS_LOCAL and not is_mfa_enabled(request.user):
                messages.warning(request, NEEDS_SECOND_FACTOR)
                return redirect("mfa_index")
            if not settings.IS_LOCAL and not has_shown_second_factor(request):
                return _asked(request, "mfa_reauthenticate")
            window_s = LOOK_S if request.method in ("GET", "HEAD") else SEND_S
            if asks_again and not has_proven_themself_within(request, window_s):
                return _asked(request, "account_reauthenticate")
            return view(request, *args, **kwargs)

        return cast("View", super().admin_view(careful, cacheable))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the tables; on a machine of one's own say where a second factor is set up."""
        lacks = {"lacks_second_factor": not is_mfa_enabled(request.user)}
        return super().index(request, lacks | (extra_context or {}))

    def status(self, request: HttpRequest) -> HttpResponse:
        """Show how the installation is doing."""
        # Imported here: it reads tables, and the site is there before they are.
        from config.status.page import status_page  # noqa: PLC0415

        return status_page(request, self.each_context(request))

    def password_change(  # type: ignore[override]  # its own page is never shown
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page for it, which tells of the change by mail."""
        return redirect("account_change_password")

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send whoever is not staff to the one sign-in page."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response


def _asked(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to the page that asks who it is, and back."""
    back = {REDIRECT_FIELD_NAME: request.get_full_path()}
    return redirect(reverse(name, query=back))
