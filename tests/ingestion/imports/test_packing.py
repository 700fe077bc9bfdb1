"""Columns that travel as one text."""

import pytest
from django.db import connection

from ingestion.imports.packing import NULL, SEPARATOR, pack, unpacked


def round_trip(values: list[str | None]) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {unpacked('values')}", {"values": pack(values)})
        unpacked_again: list[str | None] = cursor.fetchone()[0]
    return unpacked_again


@pytest.mark.django_db
class TestPack:
    @pytest.mark.parametrize(
        "values",
        [
            [],
            [""],
            [None],
            ["", ""],
            ["a", None, ""],
            ["with, comma", "and {brace} and \\ and 'quote'"],
            ["Küche", "台所", "\n\t"],
        ],
    )
    def test_comes_out_as_it_went_in(self, values: list[str | None]) -> None:
        assert round_trip(values) == values

    def test_a_separator_in_a_value_becomes_a_space(self) -> None:
        assert round_trip([f"a{SEPARATOR}b", "c"]) == ["a b", "c"]

    def test_null_stands_for_nothing_only_alone(self) -> None:
        assert round_trip([f"a{NULL}"]) == [f"a{NULL}"]
