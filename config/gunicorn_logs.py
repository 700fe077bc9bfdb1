"""What the web server itself says, in the form of all other lines."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # it has no types

from config.logs import JsonFormatter, RedactedFormatter


class LineLogger(Logger):  # type: ignore[misc]  # as above
    """Writes the errors of the server as it does by itself, without secrets."""

    def setup(self, cfg: Any) -> None:
        """Wrap the form of the lines."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(RedactedFormatter(self.error_fmt, self.datefmt))


class JsonLogger(Logger):  # type: ignore[misc]  # as above
    """Writes the errors of the server as JSON."""

    def setup(self, cfg: Any) -> None:
        """Replace the form of the lines, and nothing else."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
