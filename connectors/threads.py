"""Looks at the database from beside an event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Run a look at the database beside the event loop; its connection ends with it."""

    def run() -> T:
        try:
            return function()
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)
