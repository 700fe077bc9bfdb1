"""Names and texts as people see them: nothing in them that cannot be seen.

Controls and format characters turn text around, hide it, or make two names look like one.
"""

import re

# Categories Cc, Cf and Cs, but for white space, and for signs that do show, such as the ones
# that Arabic writes around numbers.
_HIDDEN = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0001\U000e0020-\U000e007f\ud800-\udfff"
)
_SEEN = rf"[^\x00-\x7f\s{_HIDDEN}]"
# Kept: the flag of a region, a black flag with letters as tags; and joiners, where they stand
# between characters of a script or an emoji that need them.
_KEPT_OR_HIDDEN = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f"
    rf"|(?<={_SEEN})[\u200c\u200d](?={_SEEN}))|[{_HIDDEN}]"
)
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def clean_name(text: str) -> str:
    """Return ``text`` on one line, with single spaces and without what cannot be seen."""
    return " ".join(remove_hidden(" ".join(text.split())).split())


def clean_text(text: str) -> str:
    """Return ``text`` without what cannot be seen; lines and tabs stay."""
    return remove_hidden(_LINE_END.sub("\n", text)).strip()


def remove_hidden(text: str) -> str:
    """Return ``text`` without controls and format characters; white space stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    return _KEPT_OR_HIDDEN.sub(lambda match: match[1] or "", text)
