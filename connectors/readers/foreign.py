"""Tell by its start what a file is that holds no records, as far as that is sure."""

import re

import orjson

_PICTURE_BRANDS = (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
# What a file begins with; archives are told before, since they may hold records.
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
    (b"SQLite format 3\0", "database"),
    (b"%PDF-", "document"),
    (b"{\\rtf", "document"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG\r\n", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"bplist00", "shortcut"),
    (b"[InternetShortcut]", "shortcut"),
)
_MOVIE_BOX_AT, _FORM_AT = 4, 8
_LOOKED_AT = 4_096
_SHORTCUT = re.compile(rb"<\?xml[\s\S]{0,500}?<plist\b[\s\S]{0,300}?<key>URL</key>")
_BEGINNINGS = (
    ("network log", re.compile(rb'\{\s*"log"\s*:\s*\{')),
    (
        "web archive",
        re.compile(
            rb"(?:[\w-]{1,60}:[^\n]{0,1000}\n(?:[ \t][^\n]{0,1000}\n){0,9}){0,20}?"
            rb"Content-Type:\s*multipart/related",
            re.IGNORECASE,
        ),
    ),
    (
        "mail",
        re.compile(
            rb"(?:MIME-Version|Received|Return-Path|Delivered-To|Message-ID|From|Subject): ",
            re.IGNORECASE,
        ),
    ),
    (
        "script",
        re.compile(
            rb"(?:(?:var|let|const|export)\s|(?:window|self|globalThis|module|define)\b)"
            rb"[^\n]{0,200}?[=(]|[\w.$]{1,100}\(\s*[\[{]"
        ),
    ),
)
_LOGIN = re.compile(
    rb"<title[^<>]{0,100}>[^<]{0,100}?(?:log ?in|sign ?in|anmelden|einloggen|connexion|connectez"
    rb"|iniciar|entrar|accedi|inloggen|log ind|logga in)\b",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"type=[\"']?password", re.IGNORECASE)
_PINTEREST = re.compile(rb"i\.pinimg\.com|pinterest\.", re.IGNORECASE)
_LINK_LINE = re.compile(rb"https?://\S+\s*")
_MAX_ERROR_BYTES = 16 * 1024
_ERROR_KEYS = ({"code", "message"}, {"status", "message"})


def foreign_by_magic(head: bytes) -> str:
    """Return what a file is by its first bytes, such as ``picture``; "" where they tell nothing."""
    if head[_MOVIE_BOX_AT:].startswith(b"ftyp"):
        return "picture" if head[_FORM_AT:].startswith(_PICTURE_BRANDS) else "video"
    if head.startswith(b"RIFF"):
        return "picture" if head[_FORM_AT:].startswith(b"WEBP") else "video"
    return next((what for magic, what in _MAGIC if head.startswith(magic)), "")


def foreign_text(start: bytes) -> str:
    """Return what a text is that no reader knows, such as ``web archive``; "" if unsure."""
    text = start.lstrip()
    if text.startswith(b"<"):
        return _foreign_markup(text)
    if text.startswith((b"{", b"[")) and _is_api_error(text):
        return "api error"
    if _is_list_of_links(text):
        return "links"
    return next((what for what, begins in _BEGINNINGS if begins.match(text)), "")


def _foreign_markup(text: bytes) -> str:
    if _SHORTCUT.match(text):
        return "shortcut"
    beginning = text[:_LOOKED_AT].lower()
    if b"<svg" in beginning[:200]:
        return "picture"
    if b"<html" not in beginning:
        return ""
    is_of_pinterest = _PINTEREST.search(text) is not None
    # The pages of Pinterest have a hidden form for logging in.
    if _LOGIN.search(text) or (_PASSWORD.search(text) and not is_of_pinterest):
        return "login page"
    return "page of Pinterest" if is_of_pinterest else "web page"


def _is_api_error(text: bytes) -> bool:
    """Say whether it is the answer of a service that refused to give the records."""
    if len(text) > _MAX_ERROR_BYTES:
        return False
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    inner = value.get("resource_response", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or inner.get("data"):
        return False
    is_failure = inner.get("status") in {"failure", "error"}
    return is_failure or any(keys <= inner.keys() for keys in _ERROR_KEYS)


def _is_list_of_links(text: bytes) -> bool:
    """Say whether each line is an address; the first may be a heading."""
    lines = [line.strip(b' ",;\r') for line in text.split(b"\n")[:50]]
    lines = [line for line in lines if line]
    return len(lines) > 0 and all(
        _LINK_LINE.fullmatch(line) for line in (lines[1:] if len(lines) > 1 else lines)
    )
