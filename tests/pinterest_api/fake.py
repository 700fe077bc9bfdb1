"""Pinterest's API v5 in memory: boards, sections, pins, bookmarks, tokens, limits, trouble.

It knows no network (`serving` puts it on loopback) and no clock but its own. What it answers fits
Pinterest's description of its API, except where the real one is known not to: dates are naive, a
pin's ``media`` may be null, and there are fields that nobody described.
"""

import base64
import binascii
import dataclasses
import hashlib
import html
import itertools
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.pinterest_api.pins import pin_record

ALL_SCOPES = ("boards:read", "boards:read_secret", "pins:read", "pins:read_secret",
              "user_accounts:read")  # fmt: skip
CLIENT = ("1500000", "hush-client-secret")
_CODES = {400: 1, 401: 2, 403: 29, 404: 40, 409: 409, 429: 8, 500: 500}


@dataclasses.dataclass
class Reply:
    """An answer of HTTP."""

    status: int
    body: Any
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def media_type(self) -> str:
        return "text/html" if isinstance(self.body, bytes) else "application/json"


def failure(status: int, *, code: int | None = None, **headers: str) -> Reply:
    """Return a failure as Pinterest writes it; ``Retry_After="7"`` becomes a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"code": code or _CODES[status], "message": f"Failed: {status}."}, named)


@dataclasses.dataclass(frozen=True)
class Code:
    """What a code was given for; an empty address or challenge is not asked about."""

    redirect_uri: str = ""
    challenge: str = ""

    def fits(self, asked: dict[str, str]) -> bool:
        """Say whether who brings the code is who it was given to."""
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_at_home = self.redirect_uri in ("", asked.get("redirect_uri"))
        return is_at_home and self.challenge in ("", challenge)


@dataclasses.dataclass
class FakeBoard:
    """A board; its newest pin is the last one of the list."""

    board_id: str
    name: str
    privacy: str = "PUBLIC"
    pins: list[int] = dataclasses.field(default_factory=list)
    sections: dict[str, str] = dataclasses.field(default_factory=dict)
    modified: int = 0
    has_dates: bool = True


class FakePinterest:
    """One account, and the application that asks for it.

    Attributes:
        asked: method and target of each request, in order.
        seconds: its clock; tests move it.
        troubles: answered before anything else, one for each request.
        before: called with the path before each answer; moves the account under the reader.
        empty: paths that give an empty page with a bookmark first.
        stuck: paths whose bookmark leads to the page that gave it.
        leaves_out_sections: the list of a board's pins has none that is in a section.
        limit: headers of every answer.
        redirects: addresses that the application has registered.
        account: whose it is: id and name.
        gives_no_refresh: an answer to a refresh token brings no other.
    """

    def __init__(self) -> None:
        self.boards: dict[str, FakeBoard] = {}
        self.edits: dict[int, dict[str, Any]] = {}
        self.in_section: dict[int, str] = {}
        self.asked: list[str] = []
        self.seconds = 1_700_000_000
        self.troubles: list[Reply] = []
        self.before: Callable[[str], None] = lambda path: None
        self.empty: set[str] = set()
        self.stuck: set[str] = set()
        self.leaves_out_sections = False
        self.limit: dict[str, str] = {}
        self.scopes = set(ALL_SCOPES)
        self._ids = itertools.count(1_000_000)
        self._epoch = 0
        self._tokens: dict[str, int] = {"pina_first": self.seconds + 2_592_000}
        self._refresh = {"pinr.first"}
        self._codes = {"code-1": Code()}
        self.redirects: set[str] = set()
        self.gives_no_refresh = False
        self.account = ("9001", "exampleuser")

    # What a person does at Pinterest.

    def add_board(self, name: str, *, pins: int = 0, privacy: str = "PUBLIC") -> FakeBoard:
        board = FakeBoard(str(next(self._ids)), name, privacy)
        self.boards[board.board_id] = board
        self.save(board, pins)
        return board

    def save(self, board: FakeBoard, count: int = 1) -> list[int]:
        """Save pins, and return their ids."""
        ids = [next(self._ids) for _ in range(count)]
        board.pins += ids
        self._touch(board)
        return ids

    def remove(self, board: FakeBoard, pin_id: int) -> None:
        board.pins.remove(pin_id)
        self._touch(board)

    def edit(self, pin_id: int, **fields: Any) -> None:
        """Change fields of a pin; its board does not tell."""
        self.edits[pin_id] = {**self.edits.get(pin_id, {}), **fields}

    def add_section(self, board: FakeBoard, name: str, *pins: int) -> str:
        section_id = str(next(self._ids))
        board.sections[section_id] = name
        self.in_section.update(dict.fromkeys(pins, section_id))
        return section_id

    def forget_bookmarks(self) -> None:
        """Refuse all bookmarks that were given so far."""
        self._epoch += 1

    def revoke(self) -> None:
        """Take the application's access away."""
        self._tokens.clear()
        self._refresh.clear()

    def _touch(self, board: FakeBoard) -> None:
        self.seconds += 1
        board.modified = self.seconds

    def give_code(self, redirect_uri: str = "", challenge: str = "") -> str:
        """Grant what the account allows, and return the code that the browser brings back."""
        code = f"hush-code-{next(self._ids)}"
        self._codes[code] = Code(redirect_uri, challenge)
        return code

    # What a browser gets.

    def _authorize(self, query: dict[str, str]) -> Reply:
        """Return the page on which a person grants access, or what became of it."""
        address = query.get("redirect_uri", "")
        if query.get("client_id") != CLIENT[0] or address not in self.redirects:
            return Reply(400, b"<h1>This application or its redirect address is not known.</h1>")
        if query.get("decision"):
            back = {"state": query.get("state", "")}
            if query["decision"] == "allow":
                left_out = {name for name in ALL_SCOPES if query.get(f"without_{name}")}
                self.scopes = set(query.get("scope", "").split(",")) - left_out
                back["code"] = self.give_code(address, query.get("code_challenge", ""))
            else:
                back["error"] = "access_denied"
            return Reply(302, b"", {"Location": f"{address}?{urlencode(back)}"})
        return Reply(200, _consent_page(query))

    # What the application gets.

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        """Answer one request, whose headers have names in lower case."""
        self.asked.append(f"{method} {target}")
        parts = urlsplit(target)
        path = parts.path.removeprefix("/v5")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.before(path)
        reply = self.troubles.pop(0) if self.troubles else None
        reply = reply or self._answer(method, path, query, headers, body)
        return dataclasses.replace(reply, headers={**self.limit, **reply.headers})

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
        if path == "/oauth/token":
            return self._give_tokens(method, headers, body)
        if path == "/oauth/":
            return self._authorize(query)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0) <= self.seconds:
            return failure(401)
        needed = {"user_accounts:read"} if path == "/user_account" else {"boards:read"}
        if path.endswith("/pins"):
            needed.add("pins:read")
        if not needed <= self.scopes:
            return failure(401, code=3)
        if method != "GET":
            return Reply(405, {"code": 405, "message": "No."})
        return self._read(path, query)

    def _read(self, path: str, query: dict[str, str]) -> Reply:
        size = query.get("page_size", "25")
        if not re.fullmatch(r"\d{1,3}", size) or not 1 <= int(size) <= 250:
            return failure(400)
        if path == "/user_account":
            number, name = self.account
            return Reply(200, {"id": number, "username": name, "account_type": "PINNER"})
        if path == "/boards":
            visible = [one for one in self.boards.values() if self._may_see(one)]
            return self._page(path, query, len(visible), lambda at: board_record(visible[at]))
        return self._read_board(path, query)

    def _read_board(self, path: str, query: dict[str, str]) -> Reply:
        match = re.fullmatch(r"/boards/(\d+)(?:/(pins|sections(?:/(\d+)/pins)?))?", path)
        board = self.boards.get(match[1]) if match else None
        if match is None or board is None or not self._may_see(board):
            return failure(404)
        if match[2] is None:
            return Reply(200, board_record(board))
        if match[2] == "sections":
            found = list(board.sections.items())
            return self._page(
                path, query, len(found), lambda at: {"id": found[at][0], "name": found[at][1]}
            )
        pins = board.pins
        if match[3]:
            if match[3] not in board.sections:
                return failure(404)
            pins = [one for one in pins if self.in_section.get(one) == match[3]]
        elif self.leaves_out_sections:
            pins = [one for one in pins if one not in self.in_section]
        newest = len(pins) - 1
        return self._page(path, query, len(pins), lambda at: self._pin(board, pins[newest - at]))

    def _may_see(self, board: FakeBoard) -> bool:
        return board.privacy == "PUBLIC" or "boards:read_secret" in self.scopes

    def _pin(self, board: FakeBoard, pin_id: int) -> dict[str, Any]:
        record = pin_record(pin_id, board.board_id, self.in_section.get(pin_id))
        return {**record, **self.edits.get(pin_id, {})}

    def _page(
        self, path: str, query: dict[str, str], count: int, record: Callable[[int], dict[str, Any]]
    ) -> Reply:
        start, size = 0, int(query.get("page_size", "25"))
        if "bookmark" in query:
            place = self._place_of(query["bookmark"])
            if place is None:
                return failure(400)
            start = place
        elif path in self.empty:
            return Reply(200, {"items": [], "bookmark": self._bookmark(0)})
        end = start + size
        bookmark = self._bookmark(start if path in self.stuck else end) if end < count else None
        items = [record(at) for at in range(start, min(end, count))]
        return Reply(200, {"items": items, "bookmark": bookmark})

    def _bookmark(self, offset: int) -> str:
        return base64.b64encode(f"{self._epoch}:{offset}".encode()).decode()

    def _place_of(self, bookmark: str) -> int | None:
        try:
            epoch, offset = base64.b64decode(bookmark, validate=True).decode().split(":")
        except (binascii.Error, ValueError):
            return None
        return int(offset) if int(epoch) == self._epoch else None

    def _give_tokens(self, method: str, headers: dict[str, str], body: bytes) -> Reply:
        secret = base64.b64encode(":".join(CLIENT).encode()).decode()
        if method != "POST" or headers.get("authorization") != f"Basic {secret}":
            return failure(401)
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        kind = asked.get("grant_type", "")
        # Each is good once: a refresh token that was used is gone.
        if kind == "authorization_code":
            code = self._codes.pop(asked.get("code", ""), None)
            if code is None or not code.fits(asked):
                return failure(400)
        elif kind != "refresh_token" or asked.get("refresh_token", "") not in self._refresh:
            return failure(400)
        elif not self.gives_no_refresh:
            self._refresh.discard(asked["refresh_token"])
        return self._new_tokens(kind)

    def _new_tokens(self, kind: str) -> Reply:
        # As long as real ones, or what looks for secrets in logs and pages would not know them.
        number = f"{next(self._ids):032}"
        access, refresh = f"pina_{number}", f"pinr.{number}"
        self._tokens[access] = self.seconds + 2_592_000
        given = {"access_token": access, "token_type": "bearer", "expires_in": 2_592_000}
        if kind == "refresh_token" and self.gives_no_refresh:
            return Reply(200, given)
        self._refresh.add(refresh)
        return Reply(
            200,
            {
                "response_type": kind,
                **given,
                "refresh_token": refresh,
                "refresh_token_expires_in": 5_184_000,
                "refresh_token_expires_at": self.seconds + 5_184_000,
                "scope": ",".join(sorted(self.scopes)),
            },
        )


def _consent_page(query: dict[str, str]) -> bytes:
    """Return the page that asks a person, with a box for each right."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in query.items()
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="without_{name}" value="1"> Without {name}</label><br>'
        for name in query.get("scope", "").split(",")
    )
    buttons = "".join(
        f'<button name="decision" value="{value}">{label}</button>'
        for value, label in (("allow", "Give access"), ("deny", "Cancel"))
    )
    form = f"<form>{hidden}{boxes}{buttons}</form>"
    return f"<!DOCTYPE html><title>Pinterest</title><h1>Asked</h1>{form}".encode()


def board_record(board: FakeBoard) -> dict[str, Any]:
    """Return a board as the API writes it."""
    record: dict[str, Any] = {
        "id": board.board_id,
        "name": board.name,
        "description": None,
        "owner": {"username": "exampleuser"},
        "privacy": board.privacy,
        "pin_count": len(board.pins),
        "follower_count": 0,
        "collaborator_count": 0,
        "is_ads_only": False,
        "created_at": "2024-08-15T05:49:03",
        "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
    }
    if board.has_dates:
        record["board_pins_modified_at"] = naive_date(board.modified)
    return record


def naive_date(seconds: int) -> str:
    """Write a moment as Pinterest does: without a zone."""
    days, rest = divmod(seconds - 1_700_000_000, 86_400)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    month, day = divmod(days, 28)
    return (
        f"{2024 + month // 12}-{month % 12 + 1:02}-{day + 1:02}T{hour:02}:{minute:02}:{second:02}"
    )
