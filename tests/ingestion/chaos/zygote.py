"""Forks a worker for each line that it reads: one that can be killed, and is there at once.

``import`` works the interactive lane only, ``all`` works everything that is due. The worker's
number is printed when it starts, and its status when it has ended.
"""

import os
import sys

import django


def main() -> None:
    """Serve until standard input ends."""
    django.setup()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(line.strip())
            os._exit(0)
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(status)


def _work(what: str) -> None:
    from ingestion.engine import claims  # noqa: PLC0415  # needs loaded models
    from ingestion.engine.drain import run_slice  # noqa: PLC0415
    from ingestion.models.run import Lane  # noqa: PLC0415

    lane = Lane.INTERACTIVE if what == "import" else Lane.BULK
    claims.sweep()
    while (held := claims.claim(max_lane=lane)) is not None:
        run_slice(held)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
