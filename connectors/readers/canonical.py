"""Records as canonical JSON: equal records give equal bytes, whatever the order of their keys."""

import orjson


def canonical_json(record: object) -> bytes:
    """Return a JSON value as bytes with sorted keys.

    The copy gives the serializer's buffer back at once. It is several times as big as most
    records, and what is left of it behind a result is too small for the next one.
    """
    return bytes(memoryview(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)))
