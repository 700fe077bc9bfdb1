"""What is no picture to anybody: trackers, icons, avatars, sprites, and what stands in."""

import re
from typing import Final

from connectors.web.addresses import path_of

# Shown smaller than this, and known to be: an icon.
MIN_SHOWN_PX: Final = 100
# Shown as small as this in one direction: it measures visits, or draws a line.
MAX_TRACKER_PX: Final = 3

# Hosts that count visits, and their subdomains.
_TRACKERS: Final = frozenset({
    "2o7.net", "adform.net", "adnxs.com", "adroll.com", "adsrvr.org", "adsymptotic.com",
    "agkn.com", "amazon-adsystem.com", "analytics.google.com", "analytics.twitter.com",
    "analytics.yahoo.com", "app-us1.com", "b.scorecardresearch.com", "bat.bing.com",
    "bizible.com", "bluekai.com", "casalemedia.com", "chartbeat.com", "chartbeat.net",
    "clarity.ms", "clicktale.net", "cm.g.doubleclick.net", "comscore.com", "cookielaw.org",
    "crwdcntrl.net", "ct.pinterest.com", "demdex.net", "doubleclick.net", "doubleverify.com",
    "etracker.com", "everesttech.net", "exelator.com", "facebook.net", "fls.doubleclick.net",
    "google-analytics.com", "googleadservices.com", "googlesyndication.com",
    "googletagmanager.com", "googletagservices.com", "hotjar.com", "hs-analytics.net",
    "hubspot.com", "imrworldwide.com", "ioam.de", "krxd.net", "liadm.com", "mathtag.com",
    "matomo.cloud", "mc.yandex.ru", "media.net", "mixpanel.com", "moatads.com", "mookie1.com",
    "mxpnl.com", "nr-data.net", "omtrdc.net", "openx.net", "outbrain.com", "parsely.com",
    "pippio.com", "pixel.wp.com", "px.ads.linkedin.com", "quantcount.com", "quantserve.com",
    "rfihub.com", "rlcdn.com", "rubiconproject.com", "scorecardresearch.com", "segment.com",
    "segment.io", "serving-sys.com", "simpli.fi", "sitemeter.com", "snap.licdn.com",
    "sp.analytics.yahoo.com", "statcounter.com", "stats.wp.com", "taboola.com", "tapad.com",
    "top-fwz1.mail.ru", "tr.snapchat.com", "turn.com", "webtrends.com", "webtrendslive.com",
    "wt-eu02.net", "zemanta.com",
})  # fmt: skip
# Hosts of nothing but small portraits, signs and buttons.
_SMALL_THINGS: Final = frozenset({
    "badge.fury.io", "badgen.net", "badges.gitter.im", "coveralls.io", "feeds.feedburner.com",
    "gravatar.com", "img.shields.io", "s.w.org", "shields.io", "twemoji.maxcdn.com",
    "ui-avatars.com",
})  # fmt: skip
_HOST = re.compile(r"https?://([^/:]+)")
_TRACKING_PATH = re.compile(
    r"(?:facebook\.com/tr[/?]|/tr\?id=|/pixel(?:\.gif|\.png|[?/]|$)|/b/ss/|/collect\?|/__utm\.gif"
    r"|/beacon[./?]|/piwik\.php|/matomo\.php|/wf/open\?|/impression[./?]|linkedin\.com/collect"
    r"|feedburner\.com/~[rf]/|/feedsportal\.com/)",
    re.IGNORECASE,
)
_ICON_PATH = re.compile(
    r"(?:/|^)(?:favicon|apple-touch-icon|mstile-|android-chrome-|safari-pinned-tab)"
    r"|[/_.-]sprites?(?:[-_@.]|\d*\.)|/emoji/|/smil(?:ies|eys)/|/twemoji/|\.(?:svgz?|ico|cur)$"
    r"|/(?:avatars?|profile_images|userpics?|gravatars?)/|/(?:default[-_])?avatar[^/]*$"
)
_STAND_IN = re.compile(
    r"/[^/]*(?:placeholder|spacer|transparent|lazy[-_]?load(?:er|ing)?)[^/]*$"
    r"|/(?:blank|pixel|1x1|1px|clear|loading|loader|lazy|grey|gray|white|black|dummy|empty|dot|trans"
    r"|shim|no-?image|ajax-loader|spinner)[-_]?\d{0,3}(?:x\d+)?\.(?:gif|png|svg|webp)$|/[bdtx]\.gif$"
    r"|/(?:no|missing)[-_]?(?:image|photo|thumb|picture)[^/]*$"
)
# Words in the class or id of an image that is about a person or a sign, not a picture.
_SMALL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:avatar|gravatar|emoji|wp-smiley|favicon|icon|spinner|tracking-pixel)(?:$|[\s_-])",
    re.IGNORECASE,
)


def is_unwanted(url: str) -> bool:
    """Say whether the address itself tells that nobody wants this picture."""
    match = _HOST.match(url)
    host = match[1] if match else ""
    if _is_of(host, _TRACKERS) or _is_of(host, _SMALL_THINGS):
        return True
    return bool(_TRACKING_PATH.search(url) or _ICON_PATH.search(path_of(url)))


def stands_in(url: str) -> bool:
    """Say whether the address is of what pages show until the picture comes."""
    return _STAND_IN.search(path_of(url)) is not None


def is_shown_small(width_px: int | None, height_px: int | None) -> bool:
    """Say whether a size that a page claims is that of an icon or a tracker."""
    known = [side for side in (width_px, height_px) if side is not None]
    if any(side <= MAX_TRACKER_PX for side in known):
        return True
    return len(known) == 2 and max(known) < MIN_SHOWN_PX  # noqa: PLR2004  # both sides


def is_of_small_class(words: str) -> bool:
    """Say whether the classes of an element name an avatar, an icon or the like."""
    return bool(words) and _SMALL_CLASS.search(words) is not None


def _is_of(host: str, hosts: frozenset[str]) -> bool:
    """Say whether the host, or what it is a subdomain of, is listed."""
    while host:
        if host in hosts:
            return True
        host = host.partition(".")[2]
    return False
