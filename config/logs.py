"""How the lines of the logs look."""

import copy
import logging

SERVER_ERRORS_FROM = 500


class LineFormatter(logging.Formatter):
    """Tells an answer of 4xx in one line, without the traceback that Django adds to some.

    Nothing of ours failed where a role was too low or a form could not be read, and whoever may
    send requests could fill the log. Everything else keeps its traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text; other handlers get the record as it was."""
        if getattr(record, "status_code", SERVER_ERRORS_FROM) < SERVER_ERRORS_FROM:
            record = copy.copy(record)
            record.exc_info = record.exc_text = None
        return super().format(record)
