"""Whatever address people have of a pin, it is that pin; and nothing else is."""

import pytest

from connectors.readers.pinterest.addresses import is_short_address, pin_of_address
from connectors.readers.pinterest.ids import pin_digits

PIN = "424605071125340877"

FORMS = [
    f"https://www.pinterest.com/pin/{PIN}/",
    f"https://www.pinterest.com/pin/{PIN}",
    f"http://pinterest.com/pin/{PIN}/",
    f"pinterest.com/pin/{PIN}/",
    f"https://WWW.Pinterest.COM/pin/{PIN}/",
    f"https://www.pinterest.com./pin/{PIN}/",
    f"https://www.pinterest.com:443/pin/{PIN}/",
    f"https://www.pinterest.de/pin/{PIN}/",
    f"https://www.pinterest.co.uk/pin/{PIN}/",
    f"https://www.pinterest.com.mx/pin/{PIN}/",
    f"https://de.pinterest.com/pin/{PIN}/",
    f"https://br.pinterest.com/pin/{PIN}/",
    f"https://m.pinterest.com/pin/{PIN}/",
    f"https://www.pinterest.com/pin/oak-table-with-legs--{PIN}/",
    f"https://www.pinterest.com/pin/%C3%A9t%C3%A9--{PIN}/",
    f"https://www.pinterest.com/pin/a-1234--b-5678--{PIN}/",
    f"https://www.pinterest.com/pin/{PIN}/sent/?invite_code=ab12&sender=99&sfo=1",
    f"https://www.pinterest.com/pin/{PIN}/feedback/?invite_code=ab12",
    f"https://www.pinterest.com/pin/{PIN}/repin/x/",
    f"https://www.pinterest.com/pin/{PIN}/visual-search/?x=1&y=2",
    f"https://www.pinterest.com/pin/{PIN}/?utm_source=a&utm_medium=b&mt=login#imgViewer",
    f"https://www.pinterest.com/pin/{PIN}?nic_v3=1a2b",
    f"https://www.pinterest.com/amp/pin/{PIN}/",
    "https://www.pinterest.com/pin/UGluOjQyNDYwNTA3MTEyNTM0MDg3Nw==/",
    "https://www.pinterest.com/pin/UGluOjQyNDYwNTA3MTEyNTM0MDg3Nw%3D%3D/",
    f"pinterest://pin/{PIN}",
    f"pinterest://pin/{PIN}/?source=share",
    f"pinterest://www.pinterest.com/pin/{PIN}/",
    f"intent://www.pinterest.com/pin/{PIN}/#Intent;scheme=https;package=com.pinterest;end",
    f"android-app://com.pinterest/pinterest/pin/{PIN}",
    f"https://pinterest.app.link/?$deeplink_path=pin/{PIN}&$android_deeplink_path=x",
    f"https://pinterest.app.link/x?%24canonical_url=https%3A%2F%2Fwww.pinterest.com%2Fpin%2F{PIN}%2F",
    f"https://assets.pinterest.com/ext/embed.html?id={PIN}&src=bookmarklet",
    f"https://www.pinterest.com/offsite/?token=1-2&url=https%3A%2F%2Fa.example%2F&pin={PIN}",
    f"https://www.pinterest.com/login/?next=/pin/{PIN}/",
    f"https://www.pinterest.com/offsite/?url=https%3A%2F%2Fwww.pinterest.com%2Fpin%2F{PIN}%2F",
    f"  https://www.pinterest.com/pin/{PIN}/\n",
]

OTHERS = [
    "",
    "https://www.pinterest.com/",
    "https://www.pinterest.com/somebody/oak/",
    "https://www.pinterest.com/pin/create/button/?url=https://example.org",
    "https://www.pinterest.com/pin/not-a-number/",
    f"https://www.pinterest.com/somebody/{PIN}/",
    f"https://example.org/pin/{PIN}/",
    f"https://pinterest.example.org/pin/{PIN}/",
    f"https://notpinterest.com/pin/{PIN}/",
    f"https://pinterest.com.example.org/pin/{PIN}/",
    f"https://example.org/?url=https://www.pinterest.com/pin/{PIN}/",
    f"https://www.pinterest.com@example.org/pin/{PIN}/",
    f"https://www.pinterest.com/offsite/?url=https%3A%2F%2Fexample.org%2Fpin%2F{PIN}%2F",
    f"javascript:location='https://www.pinterest.com/pin/{PIN}/'",
    f"file:///pin/{PIN}",
    "https://pin.it/5Abc12XyZ",
    "https://[::1/pin/1/",
    "https://www.pinterest.com/pin/" + "9" * 9_000,
]


@pytest.mark.parametrize("url", FORMS)
def test_every_form_names_the_pin(url: str) -> None:
    assert pin_of_address(url) == PIN


@pytest.mark.parametrize("url", OTHERS)
def test_nothing_else_does(url: str) -> None:
    assert pin_of_address(url) == ""


def test_short_addresses_are_known_as_such() -> None:
    short = [
        "https://pin.it/5Abc12XyZ",
        "pin.it/5Abc12XyZ",
        "https://api.pinterest.com/url_shortener/5Abc12XyZ/redirect/",
        "https://pinterest.app.link/qwErTy",
        "https://post.pinterest.com/f/a/abc~~/def~/",
    ]

    assert [url for url in short if not is_short_address(url)] == []
    assert [
        url for url in [*FORMS[:20], "https://example.org/pin.it/x"] if is_short_address(url)
    ] == []


@pytest.mark.parametrize(
    ("ref", "digits"),
    [
        ("pin:123", "123"),
        ("UGluOjEyMw==", "123"),
        ("pin:cGluOjEyMw==", "123"),
        ("pin:UGluOjAxMjM", "123"),
        ("Pin:123", "123"),
        ("pin:0123", "123"),
        ("https://www.pinterest.com/pin/a-slug--123/", "123"),
        ("pin:Qm9hcmQ6OQ==", ""),  # Board:9
        ("Board:9", ""),
        ("pin:bB3n6Tcs", ""),
        ("pin:0", ""),
        ("pin:", ""),
        ("pin:" + "9" * 31, ""),
    ],
)
def test_a_stored_reference_means_a_pin_or_nothing(ref: str, digits: str) -> None:
    assert pin_digits(ref) == digits
