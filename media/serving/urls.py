"""Addresses of pictures below ``/o/<slug>/``."""

from django.urls import URLPattern, path

from media.models.blob import RenditionName
from media.serving import views

org_pages: list[URLPattern] = [
    *(
        path(f"media/<uuid:media_id>/{size}", views.picture, {"size": size}, name="picture")
        for size in RenditionName.values
    ),
    path("media/<uuid:media_id>/original", views.original, name="original"),
]
