"""All addresses of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config.views import home
from tenants.views import account

# Each app's ``api/urls.py``; all of them are below one version.
api: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("", include("tenants.api.urls")),
    path("", include("media.api.urls")),
    path("", include("faces.api.urls")),
    path("", include("ingestion.api.urls")),
]

handler403 = "config.errors.refused"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("account/", account.account_settings, name="account_settings"),
    path("account/theme/", account.account_theme, name="account_theme"),
    path("account/", include("allauth.urls")),
    path("", include("tenants.urls")),
    path("", include("media.urls")),
    path("", include("faces.urls")),
    path("", include("ingestion.urls")),
    path("api/v1/", include(api)),
    path("admin/", admin.site.urls),
]
