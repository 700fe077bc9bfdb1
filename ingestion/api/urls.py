"""Addresses of the API about imports and runs, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from ingestion.api import views

app_name = "ingestion_api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("imports", views.ImportViewSet, basename="import")
router.register("runs", views.RunViewSet, basename="run")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
