"""The one shape of every refusal of the API: ``{"code": …, "message": …}``.

``code`` is what programs match on, ``message`` is for people. ``fields`` lists what is wrong
with the input, field by field; ``context`` has figures behind the sentence.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from tenants.errors import AppError

NOT_FOUND = "There is nothing here, or it belongs to an organization that you are not a member of."


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Translate an expected failure; None lets a programming mistake rise."""
    if isinstance(exc, AppError):
        return Response(_problem(exc), status=exc.status)
    if isinstance(exc, RequestDataTooBig):
        return Response(_too_large(), status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = _body(exc)
    return response


def _problem(error: AppError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.context:
        body["context"] = error.context
    return body


def _too_large() -> dict[str, Any]:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    message = f"The body has more than the {limit:,} bytes that are read. Send less at a time."
    return {"code": "body_too_large", "message": message, "context": {"limit": limit}}


def _body(exc: Exception) -> dict[str, Any]:
    if isinstance(exc, Http404 | exceptions.NotFound):
        return {"code": "not_found", "message": NOT_FOUND}
    if isinstance(exc, PermissionDenied):
        return {"code": "permission_denied", "message": "Your role does not allow this."}
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {"": exc.detail}
        return {"code": "invalid", "message": "Some of the input is not valid.", "fields": fields}
    if isinstance(exc, exceptions.Throttled):
        wait: float | None = getattr(exc, "wait", None)
        wait_s = None if wait is None else int(wait)
        return {"code": "throttled", "message": str(exc.detail), "context": {"wait_s": wait_s}}
    if isinstance(exc, exceptions.APIException):
        detail = exc.detail
        code = getattr(detail, "code", exc.default_code)
        return {"code": str(code), "message": str(detail)}
    raise TypeError(f"No shape for {type(exc).__name__}.")
