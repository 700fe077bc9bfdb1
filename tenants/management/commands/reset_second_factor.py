"""``manage.py reset_second_factor EMAIL``: lets in by password alone who lost the second factor."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tenants.models import User


class Command(BaseCommand):
    """Takes somebody's authenticator app and recovery codes away; for operators only."""

    help = "Remove a person's second factor, after you made sure who asks for it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the address."""
        parser.add_argument("email", help="the address that the person signs in with")

    def handle(self, *args: object, email: str, **options: object) -> None:
        """Remove the second factor and say so.

        Raises:
            CommandError: there is no such person, or they have none.
        """
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            message = f"Nobody signs in with {email}. Give the address as the admin lists it."
            raise CommandError(message)
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if not removed:
            message = f"{user.email} has no second factor; nothing was changed."
            raise CommandError(message)
        self.stdout.write(
            f"{user.email} signs in with the password alone from now on "
            f"({timezone.now():%Y-%m-%d %H:%M} UTC). Tell them to set up their authenticator app "
            "anew under Account."
        )
