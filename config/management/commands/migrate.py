"""Django's ``migrate``, through the owner's connection."""

from django.core.management.base import CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    """The runtime role owns no table, so only the ``owner`` alias can migrate."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Make ``owner`` the default of ``--database``."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
