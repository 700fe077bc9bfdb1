"""Tells whoever routes people here whether the whole installation is at work."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.status import platform
from config.status.problems import TICK_LIMIT_S, missing_clusters
from config.status.silence import SILENCES
from config.status.words import span

READY_PATH = "/readyz"


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when all checks hold, else 503; a line says of each how it went.

    It speaks of the installation as a whole: a server that answers people well says 503 too
    while no worker lives anywhere. ``/healthz`` speaks of this server alone.
    """
    try:
        checks = list(_checks())
    except SILENCES:
        checks = [("database", "does not answer")]
    lines = [f"{name}: {fault or 'ok'}\n" for name, fault in checks]
    status = 503 if any(fault for _, fault in checks) else 200
    return HttpResponse("".join(lines), status=status, content_type="text/plain")


def _checks() -> Iterator[tuple[str, str]]:
    """Yield the name of each check, and what is wrong; nothing if it holds."""
    at = platform.database_now()
    yield "database", ""
    pending = len(platform.pending_migrations())
    yield "migrations", f"not applied: {pending}" if pending else ""
    if pending:
        # What follows reads tables that may not be there.
        return
    age_s = platform.tick_age_s(at)
    yield "tick", "" if age_s is not None and age_s <= TICK_LIMIT_S else _absent(age_s)
    missing = missing_clusters(platform.workers(at))
    yield "workers", f"no cluster {' and no cluster '.join(missing)} is alive" if missing else ""


def _absent(age_s: float | None) -> str:
    return "never came" if age_s is None else f"came last {span(age_s)} ago"
