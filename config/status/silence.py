"""Why the database could not be asked, in a sentence."""

from typing import Final

from django.db import DatabaseError, InterfaceError, ProgrammingError

from config.embedded.errors import EmbeddedPostgresError

# What may be raised where the database is asked.
SILENCES: Final = (DatabaseError, InterfaceError, EmbeddedPostgresError)


def sentence_of(error: Exception) -> str:
    """Say whether it is away, or there and not what this code expects."""
    said = " ".join(str(error).split())
    if isinstance(error, ProgrammingError):
        return (
            f"The database answers, but is not the one of this code: {said} "
            "(Does an older release run on the tables of a newer one?)"
        )
    return f"The database does not answer: {said}"
