"""Errors of the embedded server.

* EmbeddedPostgresError      a sentence that says what to do
"""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be started or reached."""
