"""The command box: what the typed letters may mean."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from media.library import LibraryFilter
from media.library.commands import commands_for
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires


@requires(Permission.VIEW_LIBRARY)
@require_safe
def commands(request: OrgRequest) -> HttpResponse:
    """List the pages, boards and tags that begin with what was typed, and the search for it."""
    typed = LibraryFilter.parse(request.GET).q
    context = {"typed": typed, "commands": commands_for(request.org, typed)}
    return render(request, "media/parts/commands.html", context)
