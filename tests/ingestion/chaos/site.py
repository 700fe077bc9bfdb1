"""A picture site that is slow, and shows only so many pictures."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingestion.demo.site import PictureHandler, PictureServer

ANSWER_S = 0.02


class _PatientHandler(PictureHandler):
    server: "PatientSite"

    def do_GET(self) -> None:  # noqa: N802  # the base class names it
        if self.server.may_answer(urlsplit(self.path).path):
            super().do_GET()
        else:
            self.close_connection = True


class PatientSite(PictureServer):
    """The demo's site with other pictures; who asks for more than it may show is left waiting."""

    def __init__(self, folder: Path) -> None:
        super().__init__(0, folder)
        self.RequestHandlerClass = _PatientHandler
        self.host_map = f"i.pinimg.com=127.0.0.1:{self.server_port}"
        self._changed = threading.Condition()
        self._shown: set[str] = set()
        self._left = math.inf
        self._visitor = 0
        self._waiting = 0

    def expect_visitor(self, *, pictures: float = math.inf) -> None:
        """Let the next worker have ``pictures`` beside those that were shown before.

        Whoever waits by now is dead, and gets no answer.
        """
        with self._changed:
            self._visitor += 1
            self._left = pictures
            self._waiting = 0
            self._changed.notify_all()

    def is_asked(self) -> bool:
        """Tell whether somebody waits for an answer."""
        with self._changed:
            return self._waiting > 0

    def may_answer(self, path: str) -> bool:
        """Wait until the picture may be shown; return whether it is still wanted.

        What is not there is refused at once.
        """
        if path not in self.held:
            return True
        with self._changed:
            visitor = self._visitor
            self._waiting += 1
            self._changed.wait_for(
                lambda: visitor != self._visitor or path in self._shown or self._left > 0
            )
            if visitor != self._visitor:
                return False
            if path not in self._shown:
                self._shown.add(path)
                self._left -= 1
        time.sleep(ANSWER_S)
        with self._changed:
            if visitor != self._visitor:
                return False
            self._waiting -= 1
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: killed workers read no answers."""


@contextmanager
def picture_site(folder: Path) -> Iterator[PatientSite]:
    """Serve the pictures of ``folder`` on loopback."""
    site = PatientSite(folder)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.expect_visitor()
        site.shutdown()
        thread.join()
        site.server_close()
