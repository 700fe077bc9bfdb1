"""The sample Facebook export: saves and collections in the dialect of today, mojibake included."""

import json
from datetime import UTC, datetime
from typing import Any

from ingestion.demo.catalogue import Save, pins, saves

STEM = "facebook-demo-2026-01-30-AbCdEf12"
FOLDER = "your_facebook_activity/saved_items_and_collections"
FIRST_SAVE_S = int(datetime(2019, 4, 6, 18, 2, 41, tzinfo=UTC).timestamp())
LAST_SAVE_S = int(datetime(2026, 1, 27, 21, 40, 5, tzinfo=UTC).timestamp())
HOUR_S = 3600

Row = dict[str, Any]


def members() -> dict[str, bytes]:
    """The files of the archive by their path."""
    return {
        f"{FOLDER}/your_saved_items.json": _as_json({"saves_v2": saved_rows()}),
        f"{FOLDER}/collections.json": _as_json({"collections_v2": collection_rows()}),
        "your_facebook_activity/events/no-data.txt": b"",
        "start_here.html": b"<!doctype html><title>Your information</title>",
    }


def saved_rows() -> list[Row]:
    content = saves()
    step_s = (LAST_SAVE_S - FIRST_SAVE_S) // len(content.saves)
    made: list[Row] = []
    for number, save in enumerate(content.saves):
        at_s = LAST_SAVE_S - number * step_s - number * 7919 % HOUR_S
        if save.is_in_same_second:
            at_s = made[-1]["timestamp"]
        made.append(_row(save, at_s=at_s))
    return made


def collection_rows() -> list[Row]:
    content = saves()
    return [
        {
            "timestamp": FIRST_SAVE_S + number * 31 * 24 * HOUR_S,
            "attachments": [{"data": [{"name": name}]}],
            "title": f"{content.person} created a new collection: {name}.",
        }
        for number, name in enumerate(content.collections)
    ]


def _row(save: Save, *, at_s: int) -> Row:
    row: Row = {"timestamp": at_s}
    if save.context:
        context = {key: _with_addresses(text) for key, text in save.context.items()}
        row["attachments"] = [{"data": [{"external_context": context}]}]
    elif save.event:
        event = {"name": save.event, "start_timestamp": at_s + 72 * HOUR_S, "end_timestamp": 0}
        row["attachments"] = [{"data": [{"event": event}]}]
    row["title"] = f"{saves().person} {save.sentence}" if save.sentence else ""
    return row


def _with_addresses(text: str) -> str:
    first_pin = pins()[0].picture
    return text.replace("{extra_picture}", saves().extra_picture.path).replace(
        "{first_pin}", first_pin.path if first_pin else ""
    )


def _as_json(value: Row) -> bytes:
    """As Meta writes it: each byte of the UTF-8 text becomes a character of its own."""
    return json.dumps(_garbled(value), ensure_ascii=True, indent=2).encode()


def _garbled(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [_garbled(item) for item in value]
    if isinstance(value, dict):
        return {_garbled(key): _garbled(item) for key, item in value.items()}
    return value
