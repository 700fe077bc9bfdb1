"""Browsers in words, on the page of sessions."""

import pytest
from django.test import Client
from django.urls import reverse

from tenants.browsers import browser_name

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
LINUX, WINDOWS = "Mozilla/5.0 (X11; Linux x86_64;", "Mozilla/5.0 (Windows NT 10.0; Win64; x64;"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 16; K)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{LINUX} rv:147.0) Gecko/20100101 Firefox/147.0", "Firefox on Linux"),
        (f"{LINUX}) {CHROME} Safari/537.36", "Chrome on Linux"),
        (f"{LINUX}) {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36", "Chrome on Linux"),
        (f"{WINDOWS}) {CHROME} Safari/537.36 Edg/156.0.0.0", "Edge on Windows"),
        (f"{WINDOWS}) {CHROME} Safari/537.36 OPR/120.0.0.0", "Opera on Windows"),
        (f"{MAC} AppleWebKit/605.1.15 Version/26.1 Safari/605.1.15", "Safari on macOS"),
        (f"{IPHONE} Version/26.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/156.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{IPHONE} FxiOS/147.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{ANDROID} {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (
            f"{ANDROID} AppleWebKit/537.36 SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537",
            "Samsung Internet on Android",
        ),
        ("Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) " + CHROME, "Chrome on ChromeOS"),
        ("curl/8.17.0", "curl"),
        ("Something/1.0 (Windows)", "Unknown browser on Windows"),
        ("", "Unknown browser"),
    ],
)
def test_browser_and_system_in_words(user_agent: str, words: str) -> None:
    assert browser_name(user_agent) == words


@pytest.mark.django_db
def test_the_page_of_sessions_says_it_and_keeps_the_rest_at_hand(member_client: Client) -> None:
    raw = f'{LINUX} rv:147.0) Gecko/20100101 Firefox/147.0 "&<'

    page = member_client.get(reverse("usersessions_list"), headers={"user-agent": raw}).text

    assert "Firefox on Linux" in page
    assert 'Firefox/147.0 &quot;&amp;&lt;"' in page
