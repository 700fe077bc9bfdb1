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
# Where hosts of much else count visits.
_COUNTERS = re.compile(
    r"(?:facebook\.com/tr[/?]|linkedin\.com/collect|feedburner\.com/~[rf]/|/feedsportal\.com/)",
    re.IGNORECASE,
)
# Files of these kinds, and of these names whatever their size, are signs of a site.
_SIGNS = re.compile(
    r"\.(?:svgz?|ico|cur)$|/(?:favicon|apple-touch-icon|mstile|android-chrome|safari-pinned-tab)"
    r"(?:[-_.](?:precomposed|\d+(?:x\d+)?))*\.[a-z]+$"
)
# What follows tells by its whole name what it is, unless it is known to be larger than that.
_TRACKING_PATH = re.compile(
    r"/tr\?id=|/pixel(?:\.gif|\.png|[?/]|$)|/b/ss/|/collect\?|/__utm\.gif"
    r"|/(?:beacon|impression)(?:\.gif|\.png|\.php)?(?:\?|$)|/(?:piwik|matomo)\.php|/wf/open\?",
    re.IGNORECASE,
)
_SMALL_FOLDER = re.compile(
    r"/(?:emoji|smil(?:ies|eys)|twemoji|avatars?|profile_images|userpics?|gravatars?)/"
)
# Names are taken word by word: one of the first is what it is, the rest adds nothing to it. Any
# other word makes it a picture of something, such as ``sprite-bottle`` or ``chair-transparent``.
_SMALL_NAMES: Final = frozenset({"avatar", "avatars", "sprite", "sprites", "gravatar", "userpic"})
_STAND_INS: Final = frozenset({"placeholder", "spacer"})
_ADDS_NOTHING: Final = frozenset({
    "anonymous", "available", "bg", "big", "blank", "blue", "button", "buttons", "css", "dark",
    "default", "desktop", "dummy", "empty", "footer", "gif", "gray", "grey", "guest", "header",
    "icon", "icons", "image", "images", "img", "large", "lazy", "light", "loader", "loading",
    "main", "medium", "mobile", "nav", "ph", "photo", "pic", "picture", "pixel", "post",
    "product", "profile", "px", "small", "social", "square", "thumb", "thumbnail", "tiny",
    "transparent", "ui", "unknown", "user", "video", "white", "wide", "yet",
})  # fmt: skip
# Of two words, and all the same one thing.
_ONE_THING = re.compile(
    r"(?<![a-z])(?:(?:no|missing)[-_]?(?:image|img|photo|pic|picture|thumb|thumbnail)"
    r"|lazy[-_]?load(?:er|ing)?)(?![a-z])"
)
_WORD = re.compile(r"[^-_.+~@]+")
_NUMBER = re.compile(r"v?\d+(?:x\d*)?(?:px)?|(?=[a-f]*\d)[0-9a-f]{6,}")
# As these alone are named, pictures of colours and letters may be; not in these formats.
_BLANKS = re.compile(
    r"/(?:blank|pixel|1x1|1px|clear|loading|loader|lazy|grey|gray|white|black|dummy|empty|dot|trans"
    r"|shim|ajax-loader|spinner)[-_]?\d{0,3}(?:x\d+)?\.(?:gif|png|svg|webp)$|/[bdtx]\.gif$"
    r"|/transparent(?:[-_.](?:bg|gif|image|img|pixel|px|\d+(?:x\d+)?))*\.(?:gif|png|svg|webp)$"
)
# Words in the class or id of an image that is about a person or a sign, not a picture.
_SMALL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:avatar|gravatar|emoji|wp-smiley|favicon|icon|spinner|tracking-pixel)(?:$|[\s_-])",
    re.IGNORECASE,
)


def is_unwanted(url: str, *, known_px: int = 0) -> bool:
    """Say whether the address itself tells that nobody wants this picture.

    Args:
        known_px: its longer side, as the page or the address claims it; 0 where neither does. What
            is larger than an icon is none, whatever it is called.
    """
    match = _HOST.match(url)
    host = match[1] if match else ""
    if _is_of(host, _TRACKERS) or _is_of(host, _SMALL_THINGS) or _COUNTERS.search(url):
        return True
    path = path_of(url)
    if _SIGNS.search(path):
        return True
    if known_px >= MIN_SHOWN_PX:
        return False
    if _TRACKING_PATH.search(url) or _SMALL_FOLDER.search(path):
        return True
    return _is_called(path, _SMALL_NAMES)


def stands_in(url: str) -> bool:
    """Say whether the address is of what pages show until the picture comes.

    It is shown in the size of the picture, so that no size tells that it is none.
    """
    path = path_of(url)
    return _BLANKS.search(path) is not None or _is_called(path, _STAND_INS)


def is_shown_small(width_px: int | None, height_px: int | None) -> bool:
    """Say whether a size that a page claims is that of an icon or a tracker."""
    known = [side for side in (width_px, height_px) if side is not None]
    if any(side <= MAX_TRACKER_PX for side in known):
        return True
    return len(known) == 2 and max(known) < MIN_SHOWN_PX  # noqa: PLR2004  # both sides


def is_of_small_class(words: str) -> bool:
    """Say whether the classes of an element name an avatar, an icon or the like."""
    return bool(words) and _SMALL_CLASS.search(words) is not None


def _is_called(path: str, names: frozenset[str]) -> bool:
    """Say whether a file's whole name says that it is one of these things, and nothing else."""
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    words = _WORD.findall(_ONE_THING.sub("placeholder", stem or suffix))
    telling = [word for word in words if word not in names]
    return len(telling) < len(words) and all(
        word in _ADDS_NOTHING or _NUMBER.fullmatch(word) for word in telling
    )


def _is_of(host: str, hosts: frozenset[str]) -> bool:
    """Say whether the host, or what it is a subdomain of, is listed."""
    while host:
        if host in hosts:
            return True
        host = host.partition(".")[2]
    return False
