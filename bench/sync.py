"""How many requests the sync of a large Pinterest account takes, and how fast it reads.

100,000 pins on 300 boards stand in memory behind the API that the tests stand in for Pinterest;
1 % of them changes (700 are added, 200 removed, 100 edited, on 30 boards). ``incremental_ratio`` is
the requests of the next run over what it cannot do without: the pages of the list of boards, and of
each changed board those down to the first without an unknown pin. Run it with
``python bench/sync.py``; no network and no database takes part, so ``pins_per_s`` is reading alone.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.support import report, setup_django

BOARDS, CHANGED, PAGE = 300, 30, 250


def pages_until_known(pins: list[int], new: set[int]) -> int:
    """Return how many pages of a board lie down to the first without an unknown pin."""
    newest = pins[::-1]
    pages = [newest[at : at + PAGE] for at in range(0, len(newest), PAGE)]
    return next((at for at, page in enumerate(pages, 1) if new.isdisjoint(page)), len(pages))


def main() -> None:
    """Sync an account three times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pins", type=int, default=100_000)
    pins = parser.parse_args().pins
    setup_django()
    from connectors.base import SyncMode  # after the set-up
    from connectors.pinterest_api.connector import Pinterest
    from tests.connectors.memory import read_all
    from tests.pinterest_api.access import FakeAccess
    from tests.pinterest_api.fake import FakePinterest
    from tests.pinterest_api.library import Library, account_of, shown

    fake, library = FakePinterest(), Library()
    access = FakeAccess(fake)
    boards = [
        fake.add_board(f"Board {number}", pins=pins // BOARDS + (number < pins % BOARDS))
        for number in range(BOARDS)
    ]

    def run() -> tuple[int, float]:
        fake.asked.clear()
        began = time.perf_counter()
        read_all(Pinterest(), access, library)
        return len(fake.asked), time.perf_counter() - began

    first_requests, first_s = run()
    new: set[int] = set()
    for board in boards[:CHANGED]:
        for pin in board.pins[: pins // 500 // CHANGED + 1]:
            fake.remove(board, pin)
        for pin in board.pins[: pins // 1000 // CHANGED + 1]:
            fake.edit(pin, title="Edited")
        new.update(fake.save(board, pins * 7 // 1000 // CHANGED))
    needed = -(-BOARDS // PAGE) + sum(pages_until_known(one.pins, new) for one in boards[:CHANGED])
    requests, _ = run()
    library.mode, library.generation = SyncMode.SWEEP, 2
    sweep_requests, sweep_s = run()
    report(
        pins=pins,
        first_requests=first_requests,
        incremental_requests=requests,
        incremental_ratio=requests / needed,
        sweep_requests=sweep_requests,
        removed=len(library.removed),
        is_exact=shown(library) == account_of(fake),
        pins_per_s=2 * pins / (first_s + sweep_s),
    )


if __name__ == "__main__":
    main()
