"""Looks for secrets in what the product says while the whole suite runs: its logs, its error pages.

A secret of a test begins with ``hush-``, or has the form of a token; so one that shows is found
wherever it comes from. Whatever the vault seals or opens is looked for as well.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase

from config.logs import ContextFilter, LineFormatter
from tenants.known_secrets import hide_known
from tests.factories import PASSWORD

FORMS = r"\bhush-[\w-]+|\b(?:mgp_|pina_|pinr\.|EAA)[\w.-]{16,}"
ERRORS_FROM = 400
SHOWN = 60


class LeakWatch(logging.Handler):
    """Reads every line of the log, in the form that the product gives it, and every error page."""

    def __init__(self) -> None:
        super().__init__()
        own = [settings.SECRET_KEY, *settings.MASTER_KEYS, PASSWORD]
        self._secret = re.compile("|".join([FORMS, *map(re.escape, own)]))
        self.lines, self.pages = 0, 0
        self._found: list[str] = []
        self.addFilter(ContextFilter())
        form = settings.LOGGING["formatters"]["line"]
        self.setFormatter(LineFormatter(form["format"], style=form["style"]))

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a line."""
        self.lines += 1
        self.look_at(f"the log of {record.name}", self.format(record))

    def look_at(self, what: str, text: str) -> None:
        """Note what of ``text`` is a secret."""
        if found := self._secret.search(text):
            around = text[max(found.start() - SHOWN, 0) : found.end() + SHOWN]
            self._found.append(f"A secret in {what}: …{around}…")
        elif hide_known(text) != text:
            self._found.append(f"A secret of the vault in {what}: {hide_known(text)[:SHOWN]}…")

    def take(self) -> list[str]:
        """Return what was found since it was last asked."""
        found, self._found = self._found, []
        return found

    def watching(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """Return what answers as ``answer`` does, and looks at what is no success."""

        def watched(handler: Any, request: Any) -> HttpResponseBase:
            response: HttpResponseBase = answer(handler, request)
            if response.status_code >= ERRORS_FROM and not response.streaming:
                self.pages += 1
                content: bytes = response.content  # type: ignore[attr-defined]  # it is no stream
                self.look_at(
                    f"the answer {response.status_code} of {request.path}",
                    content.decode(errors="replace"),
                )
            return response

        return watched
