"""Words of a text as the index holds them: folded, with the original beside it.

No language is assumed: no stemming, no stop words. Scripts without spaces are cut into
overlapping pairs of characters.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator

# Vowel signs and accents that stand by themselves belong to the word; ``\w`` leaves them out.
_MARKS = "".join(
    char for code in range(0x300, 0x3100) if unicodedata.category(char := chr(code))[0] == "M"
)
_WORD = re.compile(rf"[\w{_MARKS}]+")
# Scripts that put no space between words: kana, CJK ideographs, Thai, Lao, Khmer. Hangul does.
_UNSPACED = r"\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_FIRST_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_RUN = re.compile(rf"([{_UNSPACED}]+)|[^{_UNSPACED}]+")
# Limits of tsvector: bytes of a lexeme are counted, so stay well below 2,046.
MAX_WORD = 100
MAX_POSITION = 16_383


def org_key(org_id: uuid.UUID) -> str:
    """Return the prefix of an organization's lexemes: 32 random bits of its key, in hex."""
    return org_id.hex[-8:]


def fold(text: str) -> str:
    """Return ``text`` without case and accents: ``Küche`` and ``kuche`` are one word."""
    text = text.casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def split_words(text: str) -> Iterator[tuple[str, ...]]:
    """Yield, word by word, its spellings in the index: folded, and original where it differs."""
    lowered = text.casefold()
    if lowered.isascii():
        for word in _WORD.findall(lowered):
            yield (word[:MAX_WORD],)
        return
    for word, is_unspaced in _runs(lowered):
        if is_unspaced:
            yield from ((pair,) for pair in _pairs(word))
        else:
            yield _spellings(word)


def _runs(lowered: str) -> Iterator[tuple[str, bool]]:
    """Yield words, and what stands in a script without spaces by itself: ``ikea`` and ``椅子``."""
    for word in _WORD.findall(unicodedata.normalize("NFC", lowered)):
        if not _FIRST_UNSPACED.search(word):
            yield word, False
            continue
        for run in _RUN.finditer(word):
            yield run[0], bool(run[1])


def _spellings(word: str) -> tuple[str, ...]:
    folded = "".join(_WORD.findall(fold(word)))[:MAX_WORD]
    original = word[:MAX_WORD]
    return (original,) if not folded or folded == original else (folded, original)


def _pairs(word: str) -> Iterator[str]:
    """Yield overlapping pairs of a run without spaces, and the single characters."""
    yield from word
    yield from (word[at : at + 2] for at in range(len(word) - 1))


def build_document(key: str, parts: Iterable[tuple[str, str]]) -> str:
    """Return the text form of a tsvector.

    Args:
        key: of the organization, from :func:`org_key`; stands before each word.
        parts: weight (``A`` most, ``D`` least) and text.
    """
    places: dict[str, str] = {}
    position = 0
    for weight, text in parts:
        if not text:
            continue
        suffix = "" if weight == "D" else weight
        lowered = text.casefold()
        # Most texts; worth a loop of its own, since every imported record passes here.
        if lowered.isascii():
            for word in _WORD.findall(lowered):
                position += 1
                known = places.get(word)
                places[word] = f"{known},{position}{suffix}" if known else f"{position}{suffix}"
        else:
            for spellings in split_words(text):
                position += 1
                for word in spellings:
                    known = places.get(word)
                    places[word] = f"{known},{position}{suffix}" if known else f"{position}{suffix}"
        # A phrase does not run from one part into the next.
        position += 1
        if position > MAX_POSITION:
            break
    return " ".join([f"{key}{word[:MAX_WORD]}:{at}" for word, at in places.items()])


_TERM = re.compile(r'"([^"]*)"?|(\S+)')


def build_query(key: str, text: str) -> str:
    """Return the text form of a tsquery: every word must occur, each may go on; "…" is exact.

    Returns an empty string where ``text`` holds no word.
    """
    terms: list[str] = []
    for phrase, plain in _TERM.findall(text):
        if phrase:
            terms += ["(" + " <-> ".join(words) + ")" for words in _phrases(key, phrase)]
        else:
            terms += [f"{key}{spellings[0]}:*" for spellings in split_words(plain)]
    return " & ".join(terms)


def _phrases(key: str, text: str) -> Iterator[list[str]]:
    """Yield runs of lexemes that stand side by side in the index where ``text`` occurs.

    The pairs of a run without spaces follow each other; its single characters do not stand
    between them, so that they are asked for only where they are all there is.
    """
    words: list[str] = []
    for word, is_unspaced in _runs(text.casefold()):
        if not is_unspaced:
            words.append(key + _spellings(word)[0])
            continue
        if words:
            yield words
        words = []
        yield [key + word[at : at + 2] for at in range(max(len(word) - 1, 1))]
    if words:
        yield words
