"""Changes what a person says of themselves."""

from tenants.models import User


def rename_person(*, user: User, name: str) -> None:
    """Give a person another name; without one, others see the e-mail address."""
    user.name = name
    user.save(update_fields=["name"])
