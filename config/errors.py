"""What answers where no view does: the API's refusals have one shape wherever they come from."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import defaults

from tenants.api.errors import NOT_FOUND

API = "/api/"
BROKEN = "Something broke on our side. We have been told; please try again in a moment."


def refused(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer who may not; no role of an organization opens the administration."""
    if request.path.startswith(reverse("admin:index")):
        return render(request, "admin/refused.html", status=HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer an address that is none."""
    if request.path.startswith(API):
        problem = {"code": "not_found", "message": NOT_FOUND}
        return JsonResponse(problem, status=HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer where a view failed; this must not fail in turn."""
    if request.path.startswith(API):
        problem = {"code": "internal_error", "message": BROKEN}
        return JsonResponse(problem, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)
