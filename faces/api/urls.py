"""Addresses of the API about faces and people, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path

from faces.api.settings import FaceSettingsView

app_name = "faces_api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("faces/settings", FaceSettingsView.as_view(), name="face_settings"),
]
