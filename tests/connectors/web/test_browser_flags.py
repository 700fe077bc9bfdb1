"""Chromium is started with each of the flags without which a page gets out."""

from connectors.web.browser.flags import THROUGH_THE_PROXY, flags


def test_everything_goes_through_the_proxy() -> None:
    started = flags(4711)

    assert "--proxy-server=http://127.0.0.1:4711" in started
    assert "--proxy-bypass-list=<-loopback>" in started
    assert "--force-webrtc-ip-handling-policy=disable_non_proxied_udp" in started
    assert "--webrtc-ip-handling-policy=disable_non_proxied_udp" in started
    assert "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1" in started
    assert "--disable-quic" in started
    assert "--disable-background-networking" in started
    assert len(THROUGH_THE_PROXY) == 4


def test_none_takes_it_back() -> None:
    words = " ".join(flags(4711))

    for weakening in ("--no-sandbox", "disable-web-security", "allow-file", "remote-debugging"):
        assert weakening not in words
    # Chromium keeps the last of two; there must be one.
    names = [flag.partition("=")[0] for flag in flags(4711)]
    assert len(names) == len(set(names))
