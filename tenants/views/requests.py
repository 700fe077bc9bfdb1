"""What the views of people share."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.errors import AppError
from tenants.models import User


def person(request: HttpRequest) -> User:
    """Return who is signed in; the middleware lets nobody else reach a view."""
    if not isinstance(request.user, User):
        raise TypeError("A view for people was reached without one.")
    return request.user


def act(
    request: HttpRequest, change: Callable[[], object], *, done: str, back_to: str
) -> HttpResponse:
    """Make one change, say in a toast how it went, and lead back to the page."""
    try:
        change()
    except AppError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect(back_to)
