"""What each failure means."""

import time

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
            "Authorization: Basic abc123",
            "Authorization: Token abc123",
            'Authorization: Digest username="me", uri="/", response="abc123"',
            "authorization=Digest username=me, response=abc123",
            "{'Authorization': 'Digest username=\"me\", response=\"abc123\"'}",
            '"{\\"Authorization\\": \\"Digest name=\\\\\\"me\\\\\\", response=abc123\\"}"',
            "(b'Authorization', b'Token abc123')",
            "[('Proxy-Authorization', 'Token abc123'), ('Accept', '*/*')]",
            "The answer held eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMxMjMifQ.abc123",
            "https://host/?t%3DeyJhbGciOiJkaXIifQ..iv.abc123.tag",
            "token=abc123",
            "mgp_abc123",
            "https://me:abc123@example.com/",
            "https://me@example.com:abc123@example.com/",
            "https://abc123@example.com/",
            "cannot read <https://abc123@example.com:8443/feed>",
            "redis://:abc123@host:6379/0",
            "postgres://u:pa/abc123@host/db",
            "postgres://u:p@abc123@host/db",
            "https://bucket/a.jpg?X-Amz-Signature=abc123&x=1",
            "https://bucket/a.jpg?X-Amz-Credential=abc123/2026",
            "https://blob/a.jpg?sv=2024&sig=abc123%3D",
            "pwd=abc123",
            "passphrase=abc123",
            "MASTER_KEYS=first,abc123",
            "MASTER_KEYS=Zmlyc3Q=,abc123=",
            "{'sessionid': 'abc123'}",
            "Cookie: theme=dark; sessionid=abc123; csrftoken=abc123",
            "password='my abc123 is long'",
            'password="it is \\"abc123\\" here"',
            "{'password': b'my abc123'}",
            '"{\\"password\\": \\"my abc123\\"}"',
            "password='my abc123, cut off",
        ],
    )
    def test_takes_out_secrets(self, text: str) -> None:
        assert "abc123" not in redact(text)

    @pytest.mark.parametrize(
        "text",
        [
            "the connection is closed",
            "GET http://host:8000/o/acme/?mail=me@example.com failed",
            "https://social.example/@magpie and https://[::1]:8000/@magpie",
            "Unexpected keys: ['title', 'link']",
            "the signature: it does not match; the session: it has ended",
            "design=round, assigned=3",
            "Wrote to me@example.com: 3 items",
            "See https://example.com, https://example.org?to=me@example.com or ask me@example.com.",
            "git@example.com:magpie.git and mailto:me@example.com",
            "eyJ is how such a token begins, as in eyJhbGciOiJIUzI1NiJ9.",
            "Unexpected columns: ['authorization', 7]",
        ],
    )
    def test_leaves_the_rest(self, text: str) -> None:
        assert redact(text) == text

    def test_tells_what_it_took_out_and_from_where(self) -> None:
        assert redact("token=abc, user=bob") == "token=***, user=bob"
        assert redact("a=1&token=abc,user=bob") == "a=1&token=***,user=bob"
        assert redact('{"password": "a b", "user": "bob"}') == '{"password": "***", "user": "bob"}'
        assert redact("postgres://u:p@host/db is away") == "postgres://***@host/db is away"
        assert redact("https://abc@host:8000/a is away") == "https://***@host:8000/a is away"
        assert redact("Authorization: Token abc, b\nHost: x") == "Authorization: ***\nHost: x"
        assert redact("(b'Authorization', b'Token abc')") == "(b'Authorization', '***')"

    def test_takes_out_what_postgres_tells_of_a_row(self) -> None:
        text = (
            'duplicate key violates "once"\nDETAIL:  Key (title)=(My secret wish) already exists.'
        )

        assert redact(text) == 'duplicate key violates "once"\n'

    @pytest.mark.parametrize(
        "part",
        [
            "authorization",
            "authorization: ",
            "authorization', ",
            "eyJ",
            "-eyJabcde",
            "eyJabcde.",
            "://a",
            "://a:b",
            "://a@b:",
            "\\",
            "token",
            "token=\\",
            "\n",
            " \n",
        ],
    )
    def test_takes_its_time_by_the_length_of_the_text_alone(self, part: str) -> None:
        def spent_s(length: int) -> float:
            text = part * (length // len(part))
            begun = time.process_time()
            redact(text)
            return time.process_time() - begun

        # Time that grew with the square of the length would be minutes.
        assert spent_s(200_000) < 10
