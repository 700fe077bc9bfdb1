"""Addresses of the API about people and organizations, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

# The module tells drf-spectacular of the ways to sign in.
from tenants.api import (
    endpoints,
    schema,  # noqa: F401
)

app_name = "tenants_api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("members", endpoints.MemberViewSet, basename="member")

urlpatterns: list[URLPattern | URLResolver] = [
    path("me", endpoints.MeView.as_view(), name="me"),
    path("orgs", endpoints.OrganizationsView.as_view(), name="orgs"),
    *router.urls,
]
