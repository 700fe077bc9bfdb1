"""``manage.py rotate_keys``: everything that is encrypted at rest under the newest key."""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from tenants.errors import KeyRingUnavailableError
from tenants.vault.proof import Left, Proof, prove
from tenants.vault.rotation import count_to_replace, owners_to_do, replace_keys, wrap_anew
from tenants.vault.second_factors import encrypt_factors_anew, encrypt_sessions_anew

SAY_EVERY_S: Final = 1.0
NOTHING_LEFT: Final = 0
INTERRUPTED: Final = 130
AGAIN: Final = "What was done is kept: run it again, and it goes on from here."


class Command(BaseCommand):
    """Re-wraps and replaces data keys and encrypts anew, while the product runs."""

    help = (
        "Bring everything that is encrypted at rest under the newest key (the first of "
        "MASTER_KEYS), while the product runs. Ends with 0 where nothing is left under another "
        "key, so that the old one can be taken out of the settings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare that one may only look."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; only say what is left to do"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        """Rotate, then prove it.

        Raises:
            CommandError: something is left under another key, or it was stopped.
        """
        try:
            if not check:
                self._rotate()
            self._tell(prove())
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {AGAIN}", returncode=INTERRUPTED) from None
        except KeyRingUnavailableError as error:
            raise CommandError(f"{error.message} {AGAIN}") from error
        except OperationalError as error:
            message = f"The database did not go along ({str(error).strip()}). {AGAIN}"
            raise CommandError(message) from error

    def _rotate(self) -> None:
        owners = owners_to_do()
        progress = _Progress(self, len(owners))
        # Of all, before anything is replaced: from then on the old key opens nothing new.
        for owner in owners:
            progress.add("data keys wrapped", wrap_anew(owner))
            progress.expect(count_to_replace(owner))
        for owner in owners:
            replace_keys(owner, progress.seal)
            progress.end_owner()
        after: int | None = 0
        while after is not None:
            done, after = encrypt_factors_anew(after)
            progress.add("second factors", done)
        progress.add("sessions", encrypt_sessions_anew())
        progress.tell()

    def _tell(self, proof: Proof) -> None:
        looked = ", ".join(f"{count:,} {what}" for what, count in sorted(proof.seen.items()))
        self.stdout.write(f"Looked at {looked or 'nothing'}.")
        if not proof.left:
            self.stdout.write(f"Nothing is left under another key than {proof.newest}.")
            return
        sentences = [_sentence(left) for left in proof.left]
        if any(left.is_lost or not left.can_be_opened for left in proof.left):
            sentences.append("What nobody can read keeps its data key, however often it is run.")
        lines = "\n".join(f"  * {each}" for each in sentences)
        raise CommandError(f"Not everything is under the newest key ({proof.newest}):\n{lines}")


class _Progress:
    """Says about once a second how far the rotation is, and how long the rest may take."""

    def __init__(self, command: BaseCommand, owners: int) -> None:
        self.command, self.owners, self.owners_done = command, owners, 0
        self.done: Counter[str] = Counter()
        self.rows, self.rows_done = 0, 0
        self.began = self.said = time.monotonic()

    def expect(self, rows: int) -> None:
        self.rows += rows
        # Sealing is what takes long.
        self.began = time.monotonic()

    def seal(self, what: str, count: int) -> None:
        self.rows_done += count
        self.add(what, count)

    def add(self, what: str, count: int) -> None:
        self.done[what] += count
        if time.monotonic() - self.said >= SAY_EVERY_S:
            self.tell()

    def end_owner(self) -> None:
        self.owners_done += 1

    def tell(self) -> None:
        self.said = time.monotonic()
        each = ", ".join(f"{count:,} {what}" for what, count in self.done.items() if count)
        self.command.stdout.write(
            f"{self.owners_done:,} of {self.owners:,} owners of data keys; "
            f"{each or 'nothing to do'}{self._rest()}"
        )
        sys.stdout.flush()

    def _rest(self) -> str:
        left = self.rows - self.rows_done
        if left <= 0 or not self.rows_done:
            return ""
        rate = self.rows_done / max(self.said - self.began, 0.001)
        return f" ({self.rows_done / self.rows:.0%}, {rate:,.0f}/s, {left / rate:,.0f} s left)"


def _sentence(left: Left) -> str:
    """Say what is left, and what to do."""
    under = f" under {left.key_id}" if left.key_id else ""
    if left.is_lost:
        return (
            f"{left.count:,} {left.what}: nobody can read them; connect those accounts anew, or "
            "disconnect them, and enter those secrets of applications again."
        )
    if left.can_be_opened:
        return f"{left.count:,} {left.what}{under}: run it again."
    return (
        f"{left.count:,} {left.what}{under}, which is not in the ring. Put that key back at the "
        "end of MASTER_KEYS and run it again; if it is lost, the accounts are to be connected "
        "anew, and second factors reset (manage.py reset_second_factor EMAIL)."
    )
