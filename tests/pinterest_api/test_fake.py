"""The stand-in is what Pinterest describes, and the connector asks only what is described."""

import json
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from connectors.pinterest_api.connector import Pinterest
from tests.connectors.memory import MemoryState, read_all
from tests.leaks import FORMS
from tests.pinterest_api.access import FakeAccess, refresh
from tests.pinterest_api.fake import CLIENT, FakePinterest, failure

OFFICIAL = Path(__file__).parents[3] / "shared/data/pinterest-openapi.json"
EXCERPT = Path(__file__).with_name("openapi_excerpt.json")
TOKEN = {"authorization": "Bearer pina_first"}


@cache
def description() -> dict[str, Any]:
    """Return the official description where it is here, else what is shipped of it."""
    text = (OFFICIAL if OFFICIAL.exists() else EXCERPT).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def as_json_schema(value: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as one of JSON Schema, which has no word ``nullable``."""
    if isinstance(value, list):
        return [as_json_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    plain = {key: as_json_schema(one) for key, one in value.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if value.get("nullable") is True else plain


@cache
def components() -> dict[str, Any]:
    return {"schemas": as_json_schema(description()["components"]["schemas"])}


def check(path: str, body: Any, *, method: str = "get", status: str = "200") -> None:
    """Check an answer against what is described for a path."""
    answers = description()["paths"][path][method]["responses"]
    schema = as_json_schema(answers[status]["content"]["application/json"]["schema"])
    jsonschema.Draft7Validator({**schema, "components": components()}).validate(body)


def get(fake: FakePinterest, target: str) -> Any:
    reply = fake.answer("GET", f"/v5{target}", TOKEN)
    assert reply.status == 200
    return reply.body


def test_every_answer_fits_the_description() -> None:
    fake = FakePinterest()
    board = fake.add_board("Kitchens", pins=12)
    section = fake.add_section(board, "Tiles", board.pins[0])
    one = f"/boards/{board.board_id}"

    check("/user_account", get(fake, "/user_account"))
    check("/boards", get(fake, "/boards"))
    check("/boards/{board_id}", get(fake, one))
    check("/boards/{board_id}/sections", get(fake, f"{one}/sections"))
    inner = f"{one}/sections/{section}/pins"
    check("/boards/{board_id}/sections/{section_id}/pins", get(fake, inner))
    pins = get(fake, f"{one}/pins?page_size=250")
    # The real one does it all the same.
    bare = [pin for pin in pins["items"] if pin["media"] is None]
    for pin in bare:
        del pin["media"]
    assert bare
    check("/boards/{board_id}/pins", pins)
    check("/boards", failure(403).body, status="default")
    check("/oauth/token", refresh(fake, "pinr.first"), method="post")
    with pytest.raises(jsonschema.ValidationError):
        check("/boards", {"items": [{"id": 5, "name": None}]})


def test_the_connector_asks_only_what_is_described() -> None:
    fake = FakePinterest()
    board = fake.add_board("Kitchens", pins=30)
    fake.add_section(board, "Tiles", *board.pins[:3])

    read_all(Pinterest(), FakeAccess(fake), MemoryState())

    assert len(fake.asked) == 3
    for line in fake.asked:
        method, target = line.split(" ")
        parts = urlsplit(target)
        (path,) = (
            one
            for one in description()["paths"]
            if re.fullmatch(re.sub(r"\{\w+\}", r"\\d+", one), parts.path.removeprefix("/v5"))
        )
        taken = {one["name"]: one["schema"] for one in parameters(path, method.lower())}
        for name, (text,) in parse_qs(parts.query).items():
            value = int(text) if taken[name]["type"] == "integer" else text
            jsonschema.Draft7Validator(taken[name]).validate(value)


def parameters(path: str, method: str) -> list[dict[str, Any]]:
    """Return what a path may be asked with, those that are described elsewhere included."""
    listed = description()["paths"][path][method]["parameters"]
    shared = description()["components"]["parameters"]
    found = [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in listed]
    schemas = description()["components"]["schemas"]
    for one in found:
        if ref := one["schema"].get("$ref"):
            one["schema"] = schemas[ref.rpartition("/")[2]]
    return found


def test_a_refresh_token_is_good_once_and_an_access_token_for_its_time() -> None:
    fake = FakePinterest()
    basic = b64encode(":".join(CLIENT).encode()).decode()
    tokens = fake.answer(
        "POST",
        "/v5/oauth/token",
        {"authorization": f"Basic {basic}"},
        b"grant_type=authorization_code&code=code-1",
    ).body
    again = refresh(fake, tokens["refresh_token"])
    bearer = {"authorization": f"Bearer {again['access_token']}"}

    with pytest.raises(Exception, match="Reconnect"):
        refresh(fake, tokens["refresh_token"])
    assert fake.answer("GET", "/v5/boards", bearer).status == 200
    fake.seconds += again["expires_in"]
    assert fake.answer("GET", "/v5/boards", bearer).status == 401


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official description is not here")
def test_the_excerpt_is_of_the_same_release() -> None:
    excerpt = json.loads(EXCERPT.read_text(encoding="utf-8"))

    assert excerpt["info"]["version"] == description()["info"]["version"]
    assert excerpt["paths"].keys() < description()["paths"].keys()
    assert set(excerpt["components"]["schemas"]) < set(description()["components"]["schemas"])


def test_what_looks_for_secrets_would_see_its_tokens() -> None:
    given = refresh(FakePinterest(), "pinr.first")

    for token in (given["access_token"], given["refresh_token"]):
        assert re.fullmatch(FORMS, token)
