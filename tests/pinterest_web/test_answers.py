"""What a single answer is taken for."""

import uuid

import orjson
import pytest

from connectors.guard import Answer
from connectors.pinterest_web.answers import Reader
from connectors.pinterest_web.details import Missed, Wanted
from tests.pinterest_web.pins import detailed

WANTED = Wanted(uuid.uuid4(), "123")


@pytest.mark.parametrize(
    "odd",
    [b'"board":{"type":[null]}', b'"board":{"type":{"a":1}}', b'"odd":' + b"[" * 900 + b"]" * 900],
)
def test_a_record_of_odd_fields_is_that_pins_trouble_alone(odd: bytes) -> None:
    record = detailed("123")
    del record["board"]
    told = orjson.dumps(record).removesuffix(b"}") + b"," + odd + b"}"
    body = b'{"resource_response":{"data":' + told + b"}}"

    meaning = Reader().read(WANTED, Answer(200, "application/json", {}, body))

    assert isinstance(meaning, Missed)
    assert meaning.code == "record_unreadable"
