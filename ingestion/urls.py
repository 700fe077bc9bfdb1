"""Addresses of the ingestion pages."""

from django.urls import URLPattern, URLResolver, include, path

from ingestion.views import (
    actions,
    browsing,
    capture,
    connection_actions,
    connections,
    controls,
    datasets,
    detail,
    drops,
    links,
    listing,
    notifications,
    origins,
    pipelines,
    run,
    run_actions,
    sync_status,
    upload,
    upload_actions,
    uploads,
    windows,
)

app_name = "ingestion"

one_import: list[URLPattern | URLResolver] = [
    path("", detail.import_detail, name="import_detail"),
    path("progress/", detail.import_progress, name="import_progress"),
    path("not-ingested.csv", detail.import_csv, name="import_csv"),
    path("start/", actions.import_start, name="import_start"),
    path("check/", actions.import_check, name="import_check"),
    path("resume/", actions.import_resume, name="import_resume"),
    path("cancel/", actions.import_cancel, name="import_cancel"),
    path("discard/", actions.import_discard, name="import_discard"),
    path("restore/", actions.import_restore, name="import_restore"),
    path("window/", windows.import_window, name="import_window"),
]

one_upload: list[URLPattern | URLResolver] = [
    path("", upload.upload, name="upload"),
    path("live/", upload.upload_live, name="upload_live"),
    path("found/<uuid:item_id>/", upload.upload_candidate, name="upload_candidate"),
    path("choose/", upload_actions.upload_choose, name="upload_choose"),
    path("retry/", upload_actions.upload_retry, name="upload_retry"),
    path("cancel/", upload_actions.upload_cancel, name="upload_cancel"),
    path("delete/", upload_actions.upload_delete, name="upload_delete"),
    path("restore/", upload_actions.upload_restore, name="upload_restore"),
]

upload_pages: list[URLPattern | URLResolver] = [
    path("", uploads.uploads, name="uploads"),
    path("live/", uploads.uploads_live, name="uploads_live"),
    path("earlier/", uploads.upload_earlier, name="upload_earlier"),
    path("page/", uploads.upload_page, name="upload_page"),
    path("pictures/", uploads.upload_pictures, name="upload_pictures"),
    path("<uuid:job_id>/", include(one_upload)),
]

one_run: list[URLPattern | URLResolver] = [
    path("", run.run, name="run"),
    path("live/", run.run_live, name="run_live"),
    path("items/", run.run_items, name="run_items"),
    path("items.csv", run.run_download, name="run_download"),
    path("cancel/", run_actions.run_cancel, name="run_cancel"),
    path("retry/", run_actions.run_retry_now, name="run_retry_now"),
    path("retry-failed/", run_actions.run_retry_failed, name="run_retry_failed"),
]

one_job: list[URLPattern | URLResolver] = [
    path("run/", controls.job_run, name="job_run"),
    path("pause/", controls.job_pause, name="job_pause"),
    path("resume/", controls.job_resume, name="job_resume"),
    path("cancel/", controls.job_cancel, name="job_cancel"),
    path("schedule/", controls.job_schedule, name="job_schedule"),
    path("schedule/preview/", controls.job_schedule_preview, name="job_schedule_preview"),
    path("more/", windows.job_more, name="job_more"),
    path("rehearse/", windows.job_rehearse, name="job_rehearse"),
    path("backfill/", windows.job_backfill, name="job_backfill"),
    path("rewind/", windows.job_rewind, name="job_rewind"),
    path("told/", windows.job_told, name="job_told"),
]

one_dataset: list[URLPattern | URLResolver] = [
    path("reminder/", datasets.dataset_reminder, name="dataset_reminder"),
    path("mute/", datasets.dataset_mute, name="dataset_mute"),
    path("unmute/", datasets.dataset_unmute, name="dataset_unmute"),
]

pipeline_pages: list[URLPattern | URLResolver] = [
    path("", pipelines.pipelines, name="pipelines"),
    path("live/", pipelines.pipelines_live, name="pipelines_live"),
    path("past/", pipelines.pipelines_past, name="pipelines_past"),
    path("jobs/<uuid:job_id>/", include(one_job)),
    path("datasets/<uuid:dataset_id>/", include(one_dataset)),
    path("stages/<str:stage>/<str:which>/", controls.stage_run, name="stage_run"),
]

told: list[URLPattern | URLResolver] = [
    path("", notifications.notifications, name="notifications"),
    path("count/", notifications.notification_count, name="notification_count"),
    path("read/", notifications.notifications_read_all, name="notifications_read_all"),
    path("choices/", notifications.notification_choices, name="notification_choices"),
    path(
        "<uuid:notification_id>/read/",
        notifications.notification_read,
        name="notification_read",
    ),
]

captures: list[URLPattern | URLResolver] = [
    path("", capture.capture, name="capture"),
    path("look/", capture.capture_look, name="capture_look"),
    path("tags/", capture.capture_tags, name="capture_tags"),
    path("browser/", browsing.browsing, name="browsing"),
    path("extension.zip", browsing.extension, name="extension"),
    path("<uuid:job_id>/", capture.capture_state, name="capture_state"),
    path("<uuid:job_id>/look/", capture.capture_looked, name="capture_looked"),
    path("<uuid:job_id>/pictures/<int:position>/", capture.capture_picture, name="capture_picture"),
    path("<uuid:job_id>/retry/", capture.capture_retry, name="capture_retry"),
    path("<uuid:job_id>/undo/", capture.capture_undo, name="capture_undo"),
]

one_connection: list[URLPattern | URLResolver] = [
    path("reconnect/", connections.connection_reconnect, name="connection_reconnect"),
    path("begin/", connections.connection_begin_again, name="connection_begin_again"),
    path("sync/", connection_actions.connection_sync, name="connection_sync"),
    path("disconnect/", connection_actions.connection_disconnect, name="connection_disconnect"),
]

connection_pages: list[URLPattern | URLResolver] = [
    path("", connections.connections, name="connections"),
    path("live/", connections.connections_live, name="connections_live"),
    path("link/<slug:connector>/", connections.connection_link, name="connection_link"),
    path("link/<slug:connector>/begin/", connections.connection_begin, name="connection_begin"),
    path("<uuid:connection_id>/", include(one_connection)),
]

org_pages: list[URLPattern | URLResolver] = [
    path("imports/", listing.import_list, name="imports"),
    path("imports/upload/", listing.import_upload, name="import_upload"),
    path("imports/folder/", drops.drop_folder, name="drop_folder"),
    path("imports/folder/<uuid:job_id>/stop/", drops.drop_folder_stop, name="drop_folder_stop"),
    path("imports/<uuid:job_id>/", include(one_import)),
    path("uploads/", include(upload_pages)),
    path("runs/<uuid:run_id>/", include(one_run)),
    path("jobs/<uuid:job_id>/runs/", run.job_runs, name="job_runs"),
    path("sync-status/", sync_status.sync_status, name="sync_status"),
    path("pipelines/", include(pipeline_pages)),
    path("notifications/", include(told)),
    path("capture/", include(captures)),
    path("connections/", include(connection_pages)),
    path("pictures/<str:stage>/<str:which>/again/", actions.stage_again, name="stage_again"),
    path("assets/<uuid:asset_id>/link/look-again/", links.link_look_again, name="link_look_again"),
    path("assets/<uuid:asset_id>/origins/", origins.asset_origins, name="asset_origins"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("o/<slug:org_slug>/", include(org_pages)),
    path("capture/", capture.capture_door, name="capture_door"),
    path(
        "connections/callback/<slug:connector>/",
        connection_actions.connection_callback,
        name="connection_callback",
    ),
    path(
        "notifications/off/<str:token>/", notifications.notifications_off, name="notifications_off"
    ),
]
