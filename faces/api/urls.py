"""Addresses of the API about faces and people, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from faces.api.people import FaceViewSet, PersonViewSet
from faces.api.settings import FaceSettingsView

app_name = "faces_api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("people", PersonViewSet, basename="person")
router.register("faces", FaceViewSet, basename="face")

urlpatterns: list[URLPattern | URLResolver] = [
    path("faces/settings", FaceSettingsView.as_view(), name="face_settings"),
    *router.urls,
]
