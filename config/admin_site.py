"""The admin site; people sign in with the product's own page, rate limits and TOTP included."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse


class MagpieAdminSite(admin.AdminSite):
    """Shows platform-wide tables to staff; tenant content never appears here."""

    site_header = "Magpie administration"
    site_title = "Magpie"
    index_title = "Platform"

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send whoever is not staff to the one sign-in page."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response
