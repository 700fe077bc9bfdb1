"""Addresses of the library's pages."""

from django.urls import URLPattern, URLResolver, include, path

from media.serving import urls as serving
from media.views import (
    activity,
    asset,
    board,
    boards,
    bulk,
    choices,
    commands,
    edit,
    library,
    trash,
)

app_name = "media"

org_pages: list[URLPattern | URLResolver] = [
    *serving.org_pages,
    path("library/", library.library, name="library"),
    path("library/filters/", library.facets, name="facets"),
    path("library/progress/", library.progress, name="progress"),
    path("library/commands/", commands.commands, name="commands"),
    path("library/choices/boards/", choices.board_choices, name="board_choices"),
    path("library/choices/tags/", choices.tag_choices, name="tag_choices"),
    path("library/selection/board/", bulk.add_to_board, name="bulk_board"),
    path("library/selection/tags/", bulk.add_tags, name="bulk_tags"),
    path("library/selection/tags/remove/", bulk.remove_tags, name="bulk_untag"),
    path("library/selection/trash/", bulk.move_to_trash, name="bulk_trash"),
    path("library/selection/restore/", bulk.restore, name="bulk_restore"),
    path("assets/<uuid:asset_id>/", asset.asset_page, name="asset"),
    path("assets/<uuid:asset_id>/text/", edit.edit_text, name="asset_text"),
    path("assets/<uuid:asset_id>/tags/", edit.add_tags, name="asset_tags"),
    path("assets/<uuid:asset_id>/tags/<uuid:tag_id>/remove/", edit.remove_tag, name="asset_untag"),
    path("assets/<uuid:asset_id>/boards/", edit.add_to_board, name="asset_board"),
    path(
        "assets/<uuid:asset_id>/boards/<uuid:board_id>/remove/",
        edit.take_off_board,
        name="asset_unboard",
    ),
    path("assets/<uuid:asset_id>/trash/", edit.move_to_trash, name="asset_trash"),
    path("assets/<uuid:asset_id>/restore/", edit.restore, name="asset_restore"),
    path("boards/", boards.board_list, name="boards"),
    path("boards/new/", boards.board_create, name="board_create"),
    path("boards/<uuid:board_id>/", board.board_page, name="board"),
    path("boards/<uuid:board_id>/rename/", board.board_rename, name="board_rename"),
    path("boards/<uuid:board_id>/remove/", board.board_remove, name="board_remove"),
    path("boards/<uuid:board_id>/take-off/", bulk.take_off_board, name="bulk_unboard"),
    path("trash/", trash.trash, name="trash"),
    path("activity/", activity.activity, name="activity"),
    path(
        "activity/<uuid:operation_id>/progress/",
        activity.operation_progress,
        name="operation_progress",
    ),
    path("activity/<uuid:operation_id>/cancel/", activity.cancel_operation, name="cancel"),
    path("activity/<uuid:operation_id>/undo/", activity.undo_operation, name="undo"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("o/<slug:org_slug>/", include(org_pages)),
]
