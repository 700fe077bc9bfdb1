"""Addresses of the pages of faces and people."""

from django.urls import URLPattern, URLResolver, include, path

from faces import people_urls
from faces.views import settings

app_name = "faces"

org_pages: list[URLPattern | URLResolver] = [
    *people_urls.org_pages,
    path("settings/faces/", settings.faces_settings, name="settings"),
    path("settings/faces/on/", settings.switch_on, name="switch_on"),
    path("settings/faces/off/", settings.switch_off, name="switch_off"),
    path("settings/faces/keeping/", settings.keeping, name="keeping"),
    path("settings/faces/sources/", settings.source_attest, name="source_attest"),
    path("settings/faces/receipts/", settings.receipts, name="receipts"),
    path(
        "settings/faces/sources/<uuid:source_id>/revoke/",
        settings.source_revoke,
        name="source_revoke",
    ),
    path("settings/faces/receipts/<uuid:receipt_id>/", settings.receipt, name="receipt"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("o/<slug:org_slug>/", include(org_pages))]
