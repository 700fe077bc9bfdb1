"""Refuses to start with settings that were measured to lose time, tasks or whole clusters."""

from django.core.checks import run_checks
from django.core.management.base import CommandError


def refuse_harmful_settings() -> None:
    """Look at what the queue is told to do.

    Raises:
        CommandError: what is wrong, and how to mend it.
    """
    # Imported here: the queue has tables, and a server imports this before they are known.
    from tenants.queue.checks import TAG  # noqa: PLC0415

    problems = run_checks(tags=[TAG])
    if problems:
        lines = "\n".join(f"  * {problem.msg}" for problem in problems)
        raise CommandError(f"Magpie does not start with these settings:\n{lines}")
