"""Words of many scripts, in the index and in what people ask."""

import re

import pytest
from django.db import connection

from media.search.words import build_document, build_query

KEY = "deadbeef"


def matches(text: str, query: str) -> bool:
    """Ask the database, as a search does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery",
            [build_document(KEY, [("A", text)]), build_query(KEY, query)],
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
class TestMatches:
    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("Küche mit Löffel", "kuche"),
            ("Küche mit Löffel", '"kuche mit"'),
            ("白いキッチンの写真", "キッチン"),
            ("白いキッチンの写真", '"キッチン"'),
            ("IKEAキッチン", "ikea"),
            ("IKEAキッチン", '"IKEA キッチン"'),
            ("iPhoneケース", "iphone"),
            ("漢字", '"漢"'),
            ("रसोई घर", "रसोई"),
            ("रसोई घर", '"रसोई घर"'),
            ("ห้องครัวสีขาว", '"ครัว"'),
            ("مَطبَخ", "مطبخ"),
            ("מִטְבָּח", "מטבח"),
            ("주방 인테리어", "주방"),
            ("кухня Ёлка", "елка"),
        ],
    )
    def test_what_is_there_is_found(self, text: str, query: str) -> None:
        assert matches(text, query)

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("白いキッチン", '"チッキン"'),
            ("रसोई घर", "रात"),
            ("kitchen oak", '"oak kitchen"'),
            ("iPhoneケース", "phone"),
        ],
    )
    def test_what_is_not_there_is_not(self, text: str, query: str) -> None:
        assert not matches(text, query)


@pytest.mark.parametrize("text", ["' | & ! ( ) : * \\ <->", "a' | b:*", '"a & !b', "\\'); DROP"])
def test_operators_are_no_part_of_a_query(text: str) -> None:
    terms = re.split(r" & | <-> ", build_query(KEY, text))

    assert all(re.fullmatch(r"\(?deadbeef\w+(?::\*)?\)?", term) for term in terms if term)
