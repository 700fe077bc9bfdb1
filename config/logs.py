"""How the lines of the logs look: for people, or as JSON for what collects them.

A formatter of our own, and not python-json-logger, which is alive and well: that one writes out
every ``extra`` of a record, and Django's hold whole requests. Here a line holds the fields below
and no others, and what looks like a secret or like a row's content is taken out of it.
"""

import copy
import datetime as dt
import json
import logging
import os
from typing import Any, Final

from config.request_ids import fields_of
from ingestion.taxonomy import redact
from tenants.log_context import log_fields

SERVER_ERRORS_FROM: Final = 500
# What a line for people names, beside its text; JSON has them all.
SHOWN: Final = {"run_id": "run", "org_id": "org", "request_id": "request"}


class ContextFilter(logging.Filter):
    """Notes with each record what it is about, while that is known; keeps every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Note it in the record's ``context``."""
        # Django logs an answer of 4xx when every context of its request has closed.
        fields = {**fields_of(getattr(record, "request", None)), **log_fields()}
        cluster = os.environ.get("Q_CLUSTER_NAME")
        record.context = {**fields, "cluster": cluster} if cluster else fields
        return True


class RedactingFormatter(logging.Formatter):
    """Tells an answer of 4xx without the traceback that Django adds to some, and no secrets.

    Nothing of ours failed where a role was too low or a form could not be read, and whoever may
    send requests could fill the log. Everything else keeps its traceback.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the library's name
        """Return the traceback without secrets, and without what Postgres says of rows."""
        # An error that led to another ends with an empty line: what is cut ends there too.
        parts = super().formatException(ei).split("\n\n")
        return "\n\n".join(redact(part) for part in parts)

    def prepared(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return the record as it is to be told; other handlers get it as it was."""
        record = copy.copy(record)
        record.msg, record.args = redact(record.getMessage()), None
        # Another handler may have kept a traceback that nobody redacted.
        record.exc_text = None
        if getattr(record, "status_code", SERVER_ERRORS_FROM) < SERVER_ERRORS_FROM:
            record.exc_info = None
        return record


class RedactedFormatter(RedactingFormatter):
    """A line in the form that another program gives it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text."""
        return super().format(self.prepared(record))


class LineFormatter(RedactingFormatter):
    """A line for people: time, level, logger, what it is about, text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text."""
        prepared = self.prepared(record)
        context: dict[str, str] = getattr(record, "context", {})
        about = [f"{short}={context[name]}" for name, short in SHOWN.items() if name in context]
        prepared.about = "".join(f"{word} " for word in about)
        return super().format(prepared)


class JsonFormatter(RedactingFormatter):
    """An object in one line: what it is about beside the text, an exception as one field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        prepared = self.prepared(record)
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": prepared.getMessage(),
            **getattr(record, "context", {}),
        }
        if prepared.exc_info:
            line["exception"] = self.formatException(prepared.exc_info)
        return json.dumps(line, ensure_ascii=False)
