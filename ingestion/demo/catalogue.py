"""What the demo holds: the recipes of its pictures, its pins and its saves, read from `data/`."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
PICTURES = DATA / "pictures"
PICTURE_HOST = "i.pinimg.com"
OTHER_PICTURE_HOST = "pictures.example.com"


@dataclass(frozen=True, slots=True)
class Picture:
    """The recipe of one picture; its name depends on the recipe alone, never on the bytes."""

    painter: str
    palette: str
    size_px: tuple[int, int]
    seed: int
    kind: str = "jpg"

    @property
    def signature(self) -> str:
        """32 hexadecimal digits, as Pinterest names its pictures."""
        recipe = f"magpie-demo/{self.painter}/{self.palette}/{self.seed}"
        return hashlib.sha256(recipe.encode()).hexdigest()[:32]

    @property
    def file(self) -> Path:
        return PICTURES / f"{self.signature}.{self.kind}"

    @property
    def path(self) -> str:
        """The path of the original in an address, without a leading slash."""
        return picture_path("originals", self.signature, self.kind)


@dataclass(frozen=True, slots=True)
class Pin:
    """One saved pin; `picture` is none when its source no longer has one.

    `further` are the pictures behind the first one of a carousel.
    """

    board: str
    title: str
    text: str
    alt: str
    link: str
    picture: Picture | None
    further: tuple[Picture, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return (self.picture, *self.further) if self.picture else ()


@dataclass(frozen=True, slots=True)
class Save:
    """One Facebook save: a sentence, perhaps the context of a link, perhaps an event."""

    sentence: str
    context: dict[str, str]
    event: str
    is_in_same_second: bool


@dataclass(frozen=True, slots=True)
class Saves:
    person: str
    collections: tuple[str, ...]
    saves: tuple[Save, ...]
    extra_picture: Picture


def picture_path(size: str, signature: str, kind: str) -> str:
    first, second, third = signature[:2], signature[2:4], signature[4:6]
    return f"{size}/{first}/{second}/{third}/{signature}.{kind}"


@cache
def boards() -> dict[str, str]:
    """The names of the boards by their key."""
    return dict(_read("pins.toml")["boards"])


@cache
def pins() -> tuple[Pin, ...]:
    return tuple(
        Pin(
            board=entry["board"],
            title=entry["title"],
            text=entry["text"],
            alt=entry["alt"],
            link=entry["link"],
            picture=_picture(entry["picture"]) if "picture" in entry else None,
            further=tuple(_picture(each) for each in entry.get("further", ())),
        )
        for entry in _read("pins.toml")["pins"]
    )


@cache
def saves() -> Saves:
    content = _read("saves.toml")
    return Saves(
        person=content["person"],
        collections=tuple(content["collections"]),
        saves=tuple(
            Save(
                sentence=entry["sentence"],
                context=entry.get("context", {}),
                event=entry.get("event", ""),
                is_in_same_second=entry.get("same_second", False),
            )
            for entry in content["saves"]
        ),
        extra_picture=_picture(content["extra_picture"]),
    )


def pictures() -> tuple[Picture, ...]:
    """Every picture of the demo, in the order of the pins; the one of the saves comes last."""
    return (*(picture for pin in pins() for picture in pin.pictures), saves().extra_picture)


def _picture(entry: dict[str, Any]) -> Picture:
    width, height = entry["size"]
    return Picture(
        painter=entry["painter"],
        palette=entry["palette"],
        size_px=(width, height),
        seed=entry["seed"],
        kind=entry.get("kind", "jpg"),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))
