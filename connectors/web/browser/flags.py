"""How Chromium is started: nothing leaves it but through the proxy.

Some of these were shown to matter, each by a page that gets out without it: `THROUGH_THE_PROXY`.
Chromium skips every proxy for loopback addresses unless it is told not to, WebRTC sends UDP past
it, and names are resolved without it. What keeps WebRTC in has two names: the shell without windows
obeys only the first, the browser with windows only the second.
"""

from typing import Final

LOOPBACK_TOO: Final = "--proxy-bypass-list=<-loopback>"
NO_UDP: Final = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
NO_UDP_WITH_WINDOWS: Final = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
NO_NAMES: Final = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
THROUGH_THE_PROXY: Final = (LOOPBACK_TOO, NO_UDP, NO_UDP_WITH_WINDOWS, NO_NAMES)

# A page is read, not lived in: no hardware, no sound, nothing in the background, nothing kept.
_QUIET: Final = (
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-quic",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-first-run",
    "--no-pings",
    "--safebrowsing-disable-auto-update",
)


def flags(proxy_port: int) -> list[str]:
    """Return the arguments of a Chromium whose only way out is the proxy on this loopback port."""
    return [f"--proxy-server=http://127.0.0.1:{proxy_port}", *THROUGH_THE_PROXY, *_QUIET]
