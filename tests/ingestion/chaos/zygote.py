"""Forks a worker for each line that it reads: one that can be killed, and is there at once.

``import`` works the interactive lane only, ``all`` works everything that is due. The worker's
number is printed when it starts, and its status when it has ended.
"""

import math
import os
import sys
import traceback

import django

# Small, so that there are many of them for a worker to be killed in.
PAGE_SIZE = 100
FETCH_BATCH = 2


def main() -> None:
    """Serve until standard input ends."""
    django.setup()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work_and_exit(line.strip())
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(status)


def _work_and_exit(what: str) -> None:
    try:
        _work(what)
    except Exception:  # noqa: BLE001  # the parent's loop is not for its children
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _work(what: str) -> None:
    from ingestion.engine import claims  # noqa: PLC0415  # needs loaded models
    from ingestion.engine.drain import run_slice  # noqa: PLC0415
    from ingestion.imports import kind  # noqa: PLC0415
    from ingestion.models.run import Lane  # noqa: PLC0415
    from ingestion.stages.fetch import FetchKind  # noqa: PLC0415

    kind.PAGE_SIZE = PAGE_SIZE
    FetchKind.batch_size = FETCH_BATCH

    lane = Lane.INTERACTIVE if what == "import" else Lane.BULK
    claims.sweep()
    while (held := claims.claim(max_lane=lane)) is not None:
        # No slice ends by the clock: a slow machine needs as many runs as a fast one.
        run_slice(held, seconds=math.inf)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
