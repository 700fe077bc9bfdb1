"""What comes before everything that asks by which name a request has come."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.utils.log import log_response

from config.health import HEALTH_PATH, healthz
from config.status.metrics import METRICS_PATH, metrics
from config.status.ready import READY_PATH, readyz

PROBES = {HEALTH_PATH: healthz, READY_PATH: readyz, METRICS_PATH: metrics}

UNKNOWN_NAME = (
    "This server does not answer to that name. Its operator lists its names in ALLOWED_HOSTS.\n"
)


class HostMiddleware:
    """Answers probes by whatever name they come, and refuses unknown names in one quiet line.

    Load balancers and Prometheus ask by address. Scanners of the whole internet do so too, and
    Django would write a traceback for each of their requests.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand on what came by a name of ours."""
        probe = PROBES.get(request.path_info)
        if probe is not None:
            return probe(request)
        try:
            request.get_host()
        except DisallowedHost:
            return _refuse(request)
        return self.get_response(request)


def _refuse(request: HttpRequest) -> HttpResponse:
    response = HttpResponseBadRequest(UNKNOWN_NAME, content_type="text/plain")
    log_response(
        "Refused a request by the name %s, which is not in ALLOWED_HOSTS.",
        request.headers.get("Host", "")[:100],
        response=response,
        request=request,
        level="info",
    )
    return response
