"""Reads the bodies of the API, none of which is long or deep."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """JSON up to ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes; REST framework's own takes any length."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value of the body.

        Raises:
            RequestDataTooBig: before a byte is read.
            ParseError: it is not JSON, or nested too deep.
        """
        # A server reads no more than this header says, and nothing without it.
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig(length)
        try:
            value = super().parse(stream, media_type, parser_context)
            # Half a pair of surrogates is valid JSON, but no text that anything can store.
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half a surrogate pair") from error
        return value
