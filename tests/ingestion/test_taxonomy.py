"""What each failure means."""

import pytest
from django.db import OperationalError, connection

from ingestion.taxonomy import classify, redact


class TestClassify:
    def test_a_database_that_is_away_comes_back(self) -> None:
        failure = classify(OperationalError("the connection is closed"))

        assert (failure.failure_type, failure.code) == ("transient_error", "db_unavailable")
        assert failure.retry_delay_s(attempt=1, watched=False) is not None

    @pytest.mark.django_db
    def test_a_limit_of_the_database_is_not_waited_out(self) -> None:
        with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE wide (word text PRIMARY KEY);"
                " INSERT INTO wide"
                " SELECT string_agg(md5(n::text), '') FROM generate_series(1, 999) AS n"
            )

        failure = classify(caught.value)

        assert (failure.failure_type, failure.code) == ("system_error", "internal_error")


class TestRedact:
    @pytest.mark.parametrize(
        "text",
        [
            "Authorization: Bearer abc123",
            "token=abc123",
            "https://me:abc123@example.com/",
            "mgp_abc123",
        ],
    )
    def test_takes_out_secrets(self, text: str) -> None:
        assert "abc123" not in redact(text)

    def test_takes_out_what_postgres_tells_of_a_row(self) -> None:
        text = (
            'duplicate key violates "once"\nDETAIL:  Key (title)=(My secret wish) already exists.'
        )

        assert redact(text) == 'duplicate key violates "once"\n'

    def test_leaves_the_rest(self) -> None:
        assert redact("the connection is closed") == "the connection is closed"
