"""The process that drives the browser: reads one order, answers once, knows nothing else.

Started by ``group`` with an empty environment, in a process group of its own. It ends with its
parent, and Playwright's driver and Chromium end with it.
"""

import asyncio
import json
import os
import sys
from typing import Any, BinaryIO

from playwright.async_api import Error

from connectors.web.browser.launcher import die_with_parent
from connectors.web.browser.opening import open_page
from connectors.web.browser.orders import Order


def main() -> None:
    """Open the page of the order that comes on stdin, and write the answer to stdout."""
    die_with_parent()
    answers = _take_over_stdout()
    order = Order.from_json(sys.stdin.buffer.readline())
    try:
        head, content = asyncio.run(open_page(order))
    except Error as exc:
        head, content = {"error": exc.message}, b""
    answers.write(_head(head) + content)
    answers.close()


def _head(head: dict[str, Any]) -> bytes:
    return json.dumps(head).encode() + b"\n"


def _take_over_stdout() -> BinaryIO:
    """Return where answers go, and leave nothing on stdout that a library could print into."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return answers
