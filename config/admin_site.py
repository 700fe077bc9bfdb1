"""The admin site; people sign in with the product's own page, rate limits and TOTP included."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path


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

    def status(self, request: HttpRequest) -> HttpResponse:
        """Show how the installation is doing."""
        # Imported here: it reads tables, and the site is there before they are.
        from config.status.page import status_page  # noqa: PLC0415

        return status_page(request, self.each_context(request))

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send whoever is not staff to the one sign-in page."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response
