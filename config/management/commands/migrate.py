"""Django's ``migrate``, through the owner's connection, by one process at a time."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from config.database.turns import Turn, turn
from tenants.collecting import seldom_collected


class Command(migrate.Command):
    """The runtime role owns no table, so only the ``owner`` alias can migrate."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Make ``owner`` the default of ``--database``."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate when nobody else does; what another did meanwhile is not done again."""
        own_turn = turn(Turn.MIGRATE, alias=options["database"], say_wait=self._say_wait)
        with own_turn, seldom_collected():
            super().handle(*args, **options)

    def _say_wait(self) -> None:
        self.stdout.write("Another process migrates this database; waiting for it …")
