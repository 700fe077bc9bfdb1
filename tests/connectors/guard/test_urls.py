"""The one form in which a checked URL is requested, and the reason of a refusal."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import AddressRefusedError
from connectors.guard import CheckedURL, check_url, judge
from connectors.guard.urls import MAX_URL_CHARS


class TestCheckURL:
    @pytest.mark.parametrize(
        ("url", "expected", "authority"),
        [
            ("HTTP://Example.COM", CheckedURL("http", "example.com", 80, "/"), "example.com"),
            (
                "https://example.com.:80/a?b#c",
                CheckedURL("https", "example.com", 80, "/a?b"),
                "example.com:80",
            ),
            (
                "https://Bücher.de/straße?q=ü%20[x]",
                CheckedURL("https", "xn--bcher-kva.de", 443, "/stra%C3%9Fe?q=%C3%BC%20[x]"),
                "xn--bcher-kva.de",
            ),
            (
                "http://[2A00:1450:0:0:0:0:0:7]:443?x",
                CheckedURL("http", "2a00:1450::7", 443, "/?x", ip_address("2a00:1450::7")),
                "[2a00:1450::7]:443",
            ),
        ],
    )
    def test_gives_one_form(self, url: str, expected: CheckedURL, authority: str) -> None:
        checked = check_url(url)

        assert checked == expected
        assert checked.authority == authority
        assert check_url(str(checked)) == checked

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("ftp://example.com/", "scheme"),
            ("http://user@example.com/", "syntax"),
            ("http://example.com/ ", "syntax"),
            ("http://example.com/" + "a" * MAX_URL_CHARS, "syntax"),
            ("http://example.com:8080/", "port"),
            ("http://127.1/", "host"),
            ("http://printer/", "internal_name"),
        ],
    )
    def test_says_why_it_refuses(self, url: str, reason: str) -> None:
        with pytest.raises(AddressRefusedError) as caught:
            check_url(url)

        assert caught.value.context == {"reason": reason}

    @given(st.text(alphabet=st.characters(codec=None), max_size=60))
    def test_takes_or_refuses_whatever_comes(self, text: str) -> None:
        for url in (text, f"http://{text}/", f"https://example.com/{text}"):
            try:
                checked = check_url(url)
            except AddressRefusedError:
                continue
            assert checked.target.isascii()
            assert checked.target.isprintable()
            assert check_url(str(checked)) == checked


class TestJudge:
    @given(st.ip_addresses(v=4))
    def test_lets_no_address_pass_that_python_calls_private(self, address: object) -> None:
        self.assert_agrees(str(address))

    @given(st.ip_addresses(v=6))
    def test_lets_no_v6_address_pass_that_python_calls_private(self, address: object) -> None:
        self.assert_agrees(str(address))

    def assert_agrees(self, text: str) -> None:
        address = ip_address(text)
        try:
            judge(address)
        except AddressRefusedError:
            return
        assert address.is_global
        assert not address.is_multicast
