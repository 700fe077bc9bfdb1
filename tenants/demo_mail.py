"""Whether mail can be read on a page: only in a demo without a mail server, on its machine."""

from django.conf import settings
from django.http import HttpRequest

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
LOOPBACK = {"127.0.0.1", "::1"}
PROXY_HEADERS = {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"}


def is_shown_to(request: HttpRequest) -> bool:
    """Return whether this browser may read the mail of the demo."""
    is_demo = settings.DEMO and settings.EMAIL_BACKEND == FILE_BACKEND
    # A request that came through a proxy may come from anywhere.
    is_direct = not PROXY_HEADERS & {name.title() for name in request.headers}
    return is_demo and is_direct and request.META.get("REMOTE_ADDR") in LOOPBACK
