"""What has to be true before the product serves anybody."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from config.database.fitness import (
    refuse_unfit_runtime,
    refuse_unfit_server,
    sentences_for_errors,
)
from config.database.turns import Turn, turn

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring database, static files and demo to what the product needs; safe to repeat.

    Raises:
        CommandError: what is wrong, and how to mend it.
    """
    with sentences_for_errors():
        say("Preparing the database …")
        refuse_unfit_server()
        # Before the first table is made: a role that is too strong would own it.
        refuse_unfit_runtime()
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        refuse_unfit_runtime()
        with turn(Turn.SEED, alias="owner", say_wait=lambda: say("Waiting for another start …")):
            say("Collecting static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
            if settings.DEMO:
                say("Filling the demo library, if it is new …")
                call_command("seed_demo")
    # The server stays leased; the connections are the children's business.
    connections.close_all()
