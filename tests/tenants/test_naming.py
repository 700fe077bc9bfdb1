"""What is left of a name once nothing in it is hidden."""

# ruff: noqa: RUF001  # letters of many scripts, some of which look alike
import pytest

from tenants.naming import clean_name, clean_text, remove_hidden


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("  two \t words\n", "two words"),
        ("exe\u202egpj.tsil", "exegpj.tsil"),
        ("\u2066one\u2069 \u200ftwo\u200e", "one two"),
        ("zero\u200bwidth\ufeff soft\xadhyphen", "zerowidth softhyphen"),
        ("nul\0 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
        ("ad\u200dmin ad\u200cmin", "admin admin"),
        ("\u200dalone\u200c", "alone"),
        ("\u202e\u200b \u2060", ""),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("lone \ud800", "lone"),
    ],
)
def test_what_cannot_be_seen_goes(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    "name",
    [
        "می\u200cخواهم",  # Persian: the joiner parts the word
        "क्\u200dष",  # Devanagari: it keeps the half letter
        "👩\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "עברית and English",
        "٪\u0601٢٠٢٦",
        "Küche — “Paimio”",
    ],
)
def test_what_scripts_and_emoji_need_stays(name: str) -> None:
    assert clean_name(name) == name


def test_a_text_keeps_its_lines_and_tabs() -> None:
    assert clean_text(" one\r\ntwo\u2028three\x85\tfour\u202e\0 ") == "one\ntwo\nthree\n\tfour"


def test_cleaning_twice_changes_nothing() -> None:
    once = remove_hidden("a\u200d\u200d\u202eб\u200dв\u200b\u200dг")

    assert remove_hidden(once) == once
