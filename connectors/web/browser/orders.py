"""What the process of the browser is told."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Order:
    """One page to open, and how.

    Attributes:
        chromium: the program to start, which is the launcher's.
        stand_ins: hosts whose https the proxy serves in plain HTTP.
        robots: robots.txt of the page's site; what it refuses of the site is not asked for.
        with_cookies: say in the answer what cookies the site set.
    """

    url: str
    chromium: str
    proxy_port: int
    username: str
    password: str
    user_agent: str
    settle_s: float
    max_html_bytes: int
    max_requests: int
    max_scrolls: int
    with_pictures: bool
    is_sandboxed: bool
    stand_ins: tuple[str, ...]
    robots: str = ""
    with_cookies: bool = False

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        return cls(**json.loads(line))
