"""Addresses of the API about the library, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from media.api import assets, boards, operations, pictures

app_name = "media_api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("assets", assets.AssetViewSet, basename="asset")
router.register("boards", boards.BoardViewSet, basename="board")
router.register("tags", boards.TagViewSet, basename="tag")
router.register("operations", operations.OperationViewSet, basename="operation")

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "pictures/<uuid:media_id>/original",
        pictures.OriginalView.as_view(),
        name="picture_original",
    ),
    path("pictures/<uuid:media_id>/<slug:size>", pictures.PictureView.as_view(), name="picture"),
    *router.urls,
]
