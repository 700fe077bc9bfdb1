"""Answers to requests that went wrong before a view could say so."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form has grown old; ``reason`` is for developers and stays out of the page."""
    return render(request, "tenants/csrf_failure.html", status=403)
