"""Rounds through an account: few requests, nothing missed, nothing removed that lives."""

import random

import pytest

from connectors.base import SyncMode
from connectors.errors import FetchError
from connectors.pinterest_api.connector import Pinterest
from tests.connectors.memory import read_all
from tests.pinterest_api.access import FakeAccess
from tests.pinterest_api.fake import FakeBoard, FakePinterest, Reply
from tests.pinterest_api.library import Library, account_of, shown

PAGE = 4


class Small(Pinterest):
    page_size = PAGE


class Tiny(Pinterest):
    page_size = 3


def pages_until_known(board: FakeBoard, new: set[int]) -> int:
    """Return how many pages of a board lie down to the first without an unknown pin."""
    newest = board.pins[::-1]
    pages = [newest[at : at + PAGE] for at in range(0, len(newest), PAGE)]
    for number, page in enumerate(pages, 1):
        if new.isdisjoint(page):
            return number
    return max(len(pages), 1)


def test_a_hundredth_changed_costs_few_requests_and_a_sweep_finds_the_rest() -> None:
    # 100,000 pins on 300 boards in pages of 250, all but the boards made 60 times smaller;
    # bench/sync.py has the full size.
    fake, library = FakePinterest(), Library()
    boards = [fake.add_board(f"Board {number}", pins=5) for number in range(300)]
    access = FakeAccess(fake)
    read_all(Small(), access, library)
    assert shown(library) == account_of(fake)
    changed = boards[::10]
    new: set[int] = set()
    for number, board in enumerate(changed):
        if number < 7:
            fake.remove(board, board.pins[number % 5])
        if number < 3:
            fake.edit(board.pins[0], title=f"Edited {number}")
        new.update(fake.save(board, number % 3) if number != 29 else fake.save(board, 20))
    fake.asked.clear()

    read_all(Small(), access, library)

    bound = -(-300 // PAGE) + sum(pages_until_known(board, new) for board in changed)
    assert len(fake.asked) == bound
    assert {f"pin:{pin}" for pin in new} <= library.titles.keys()
    assert library.removed == []
    fake.asked.clear()

    library.mode, library.generation = SyncMode.SWEEP, 2
    read_all(Small(), access, library)

    assert len(library.removed) == 7
    assert shown(library) == account_of(fake)
    assert len(fake.asked) == 2 * -(-300 // PAGE) + sum(-(-len(one.pins) // PAGE) for one in boards)


def test_nothing_changed_costs_the_list_of_boards() -> None:
    fake, library = FakePinterest(), Library()
    fake.add_board("One", pins=7)
    fake.add_board("None")
    read_all(Tiny(), FakeAccess(fake), library)
    fake.asked.clear()

    pages = read_all(Tiny(), FakeAccess(fake), library)

    assert len(fake.asked) == 1
    assert [len(page.boards) for page in pages] == [2, 0]


@pytest.mark.parametrize("mode", list(SyncMode))
def test_a_worker_that_dies_behind_every_page_loses_and_repeats_nothing(mode: SyncMode) -> None:
    fake, library = FakePinterest(), Library(mode=mode)
    for number in range(4):
        fake.add_board(f"Board {number}", pins=number * 4)
    seen = 0

    while True:
        (page,) = read_all(Tiny(), FakeAccess(fake), library, stop_after=1)
        seen += len(page.items)
        if page.is_last:
            break

    assert shown(library) == account_of(fake)
    assert seen == sum(number * 4 for number in range(4))
    assert len(fake.asked) == 2 + (2 + 3 + 4) + (3 if mode is SyncMode.SWEEP else 0)


def test_a_run_that_broke_off_among_new_pins_does_not_take_them_for_the_end() -> None:
    fake, library = FakePinterest(), Library()
    board = fake.add_board("Long", pins=9)
    read_all(Tiny(), FakeAccess(fake), library)
    fake.save(board, 9)
    # The list and one page of three; then the bookmark is worth nothing any more.
    read_all(Tiny(), FakeAccess(fake), library, stop_after=2)
    fake.forget_bookmarks()

    read_all(Tiny(), FakeAccess(fake), library)

    assert shown(library) == account_of(fake)

    # The same where the round is given up for a sweep, and that one for the next round.
    fake.save(board, 9)
    read_all(Tiny(), FakeAccess(fake), library, stop_after=2)
    library.mode = SyncMode.SWEEP
    read_all(Tiny(), FakeAccess(fake), library, stop_after=2)
    library.mode = SyncMode.INCREMENTAL
    read_all(Tiny(), FakeAccess(fake), library)

    assert shown(library) == account_of(fake)


def test_pins_saved_while_nobody_reads_hide_none_that_were_there_before() -> None:
    fake, library = FakePinterest(), Library()
    board = fake.add_board("One", pins=9)
    read_all(Tiny(), FakeAccess(fake), library)
    fake.save(board, 9)

    # The list of boards and the first three; then as many come before them.
    read_all(Tiny(), FakeAccess(fake), library, stop_after=2)
    fake.save(board, 3)
    read_all(Tiny(), FakeAccess(fake), library)
    read_all(Tiny(), FakeAccess(fake), library)

    assert shown(library) == account_of(fake)


class Uncounted(FakePinterest):
    """Says of no board how many pins it has, which the description allows."""

    def _read(self, path: str, query: dict[str, str]) -> Reply:
        reply = super()._read(path, query)
        for board in reply.body["items"] if path == "/boards" else ():
            del board["pin_count"]
        return reply


def test_a_board_whose_pins_nobody_counts_is_read() -> None:
    fake, library = Uncounted(), Library()
    board = fake.add_board("One", pins=7)
    read_all(Tiny(), FakeAccess(fake), library)
    assert shown(library) == account_of(fake)
    fake.save(board)

    read_all(Tiny(), FakeAccess(fake), library)

    assert shown(library) == account_of(fake)


def test_sections_that_come_apart_are_read_too() -> None:
    fake, library = FakePinterest(), Library()
    fake.leaves_out_sections = True
    board, whole = fake.add_board("Parted", pins=12), fake.add_board("Whole", pins=4)
    section = fake.add_section(board, "Tiles", *board.pins[2:9])
    fake.add_section(whole, "Empty")
    while not read_all(Tiny(), FakeAccess(fake), library, stop_after=1)[-1].is_last:
        pass
    assert shown(library) == account_of(fake)

    (new,) = fake.save(board)
    fake.in_section[new] = section
    fake.save(whole)
    fake.asked.clear()
    read_all(Tiny(), FakeAccess(fake), library)
    assert shown(library) == account_of(fake)
    # One page of each list is enough; that of a whole board's sections is not asked for.
    assert len(fake.asked) == 1 + (1 + 1 + 2) + 2

    fake.remove(board, new)
    fake.remove(board, board.pins[3])
    library.mode, library.generation = SyncMode.SWEEP, 2
    read_all(Tiny(), FakeAccess(fake), library)
    assert shown(library) == account_of(fake)


def test_a_board_that_is_gone_goes_with_its_pins() -> None:
    fake, library = FakePinterest(), Library()
    board, _ = fake.add_board("Gone", pins=4), fake.add_board("Stays", pins=4)
    read_all(Tiny(), FakeAccess(fake), library)
    del fake.boards[board.board_id]

    pages = read_all(Tiny(), FakeAccess(fake), library)

    assert pages[0].gone_boards == (f"board:{board.board_id}",)
    assert shown(library) == account_of(fake)


def test_a_budget_that_ends_in_the_middle_is_gone_on_with() -> None:
    fake, library = FakePinterest(), Library()
    fake.add_board("Long", pins=20)
    access = FakeAccess(fake)
    access.budget = 4

    with pytest.raises(FetchError) as caught:
        read_all(Tiny(), access, library)
    access.budget = 100
    read_all(Tiny(), access, library)

    assert caught.value.fetch_code == "rate_limited"
    assert shown(library) == account_of(fake)
    assert len(fake.asked) == 1 + 7


def meddle(fake: FakePinterest, chance: random.Random) -> None:
    """Do something that a person may do while their account is read."""
    boards = [board for board in fake.boards.values() if board.pins]
    board = chance.choice(boards)
    pin = chance.choice(board.pins)
    action = chance.randrange(6)
    if action == 0:
        fake.save(board, chance.randrange(1, 6))
    elif action == 1:
        fake.remove(board, pin)
    elif action == 2:
        fake.edit(pin, title=f"Edited {chance.random()}")
    elif action == 3:
        fake.remove(board, pin)
        other = chance.choice(boards)
        other.pins.append(pin)
        fake.save(other)
    elif action == 4:
        fake.add_board("New", pins=chance.randrange(8))
    elif len(boards) > 3:
        del fake.boards[board.board_id]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_moves_while_it_is_read_no_living_pin_is_removed(seed: int) -> None:
    chance = random.Random(seed)
    fake, library = FakePinterest(), Library()
    fake.leaves_out_sections = seed % 3 == 2
    for number in range(6):
        board = fake.add_board(f"Board {number}", pins=chance.randrange(14))
        fake.add_section(board, "Some", *board.pins[: number % 3])
    read_all(Tiny(), FakeAccess(fake), library)
    fake.before = lambda path: (
        meddle(fake, chance) if path != "/oauth/token" and chance.random() < 0.2 else None
    )

    for generation in range(2, 6):
        library.mode = chance.choice(list(SyncMode))
        library.generation = generation
        library.removed.clear()
        stop_after = chance.choice([None, 2, 5])
        with_pins = set(account_of(fake))
        while not read_all(Tiny(), FakeAccess(fake), library, stop_after=stop_after)[-1].is_last:
            pass
        # What was there before and after was not taken off in between.
        lived = with_pins & set(account_of(fake))
        assert not lived.intersection(library.removed)

    # It holds still: one sweep, and both are the same.
    fake.before = lambda path: None
    library.mode, library.generation = SyncMode.SWEEP, 9
    read_all(Tiny(), FakeAccess(fake), library)
    assert shown(library) == account_of(fake)
