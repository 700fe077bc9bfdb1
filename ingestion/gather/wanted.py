"""What a run over single pictures is to bring, as it stands with its records."""

import dataclasses
from typing import Any, Self

from connectors.web.values import FoundPicture
from media.storage import HELD_PREFIX

MAX_TEXT = 2_000
TOO_LARGE_PREFIX = "too-large:"


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """One picture, and what is known of it before it is here.

    Attributes:
        key: what identifies the picture; as of ``AssetMedia``.
        url: where it is to be had; empty of one whose bytes were stored before.
        fallbacks: further addresses of it, best first.
        name: of the file that it came as; empty of what has an address.
        link_url: the page that the picture leads to on its page; empty where it leads nowhere.
        width_px, height_px: as the page claims them.
        seen_sha256: of its bytes, stored when its page was looked at; empty where it was not.
        tries: how often it was tried.
        waits: how often in a row its site wanted to be left alone.
        due: seconds since the epoch before which it is not tried again.
    """

    key: str
    url: str = ""
    fallbacks: tuple[str, ...] = ()
    name: str = ""
    alt_text: str = ""
    caption: str = ""
    link_url: str = ""
    width_px: int | None = None
    height_px: int | None = None
    seen_sha256: str = ""
    tries: int = 0
    waits: int = 0
    due: float = 0.0

    @classmethod
    def of_found(cls, found: FoundPicture) -> Self:
        """Return what is wanted of a picture that was found on a page."""
        return cls(
            key=found.key[:MAX_TEXT],
            url=found.url,
            fallbacks=found.fallbacks[:12],
            alt_text=found.alt_text[:MAX_TEXT],
            caption=found.caption[:MAX_TEXT],
            link_url=found.link_url,
            width_px=found.width_px,
            height_px=found.height_px,
        )

    @classmethod
    def of_file(cls, name: str, sha256: str) -> Self:
        """Return what is wanted of a file whose bytes are stored."""
        return cls(key=f"{HELD_PREFIX}{sha256}", name=name[:255])

    @classmethod
    def of_refused_file(cls, name: str) -> Self:
        """Return what is wanted of a file that was too large to be stored."""
        return cls(key=f"{TOO_LARGE_PREFIX}{name[:255]}", name=name[:255])

    @classmethod
    def of_payload(cls, payload: dict[str, Any]) -> Self:
        """Return what ``as_payload`` wrote."""
        return cls(**payload | {"fallbacks": tuple(payload.get("fallbacks", ()))})

    @classmethod
    def afresh(cls, payload: dict[str, Any]) -> Self:
        """Return what ``as_payload`` wrote, as if it had never been tried."""
        return cls.of_payload(payload | {"tries": 0, "waits": 0, "due": 0.0})

    def as_payload(self) -> dict[str, Any]:
        """Return it as JSON, without what is not set."""
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if value not in ("", (), None, 0)}

    @property
    def held_sha256(self) -> str:
        """Return the hash of its bytes where they were stored before; else ""."""
        is_held = not self.url and not self.is_refused
        return self.key.removeprefix(HELD_PREFIX) if is_held else ""

    @property
    def is_refused(self) -> bool:
        """Return whether it is a file that was too large to be stored."""
        return not self.url and self.key.startswith(TOO_LARGE_PREFIX)

    @property
    def title(self) -> str:
        """Return what it is called: by its page, else by its file."""
        return self.caption or self.alt_text or self.name.rpartition(".")[0] or self.name
