"""Addresses of the API about imports, jobs, runs and datasets, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from ingestion.api import captures, connections, datasets, imports, jobs, runs, scrapes, stages

app_name = "ingestion_api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("imports", imports.ImportViewSet, basename="import")
router.register("captures", captures.CaptureViewSet, basename="capture")
router.register("scrape-jobs", scrapes.ScrapeJobViewSet, basename="scrape_job")
router.register("jobs", jobs.JobViewSet, basename="job")
router.register("runs", runs.RunViewSet, basename="run")
router.register("connections", connections.ConnectionViewSet, basename="connection")
router.register("datasets", datasets.DatasetViewSet, basename="dataset")

urlpatterns: list[URLPattern | URLResolver] = [
    path("kinds", stages.KindsView.as_view(), name="kinds"),
    path("stages", stages.StagesView.as_view(), name="stages"),
    path("stages/<slug:stage>/run", stages.StageRunView.as_view(), name="stage_run"),
    *router.urls,
]
