"""Which sources an organization can vouch for, and why it cannot for the others."""

import re
from typing import Final

from connectors.items import Source
from connectors.readers.urls import domain_of, web_address
from faces.errors import SourceNotAttestableError
from faces.models.consent import Attestable

MAX_SITE = 253
_HOST: Final = re.compile(r"(?=.{4,253}\Z)([\w-]{1,63}\.)+[^\W\d_][\w-]{1,62}")
# Sites full of other people's pictures; with all that lies below them.
_OF_EVERYBODY: Final = frozenset(
    """
    facebook.com fb.com fbcdn.net instagram.com cdninstagram.com threads.net pinimg.com pin.it
    tiktok.com twitter.com x.com twimg.com snapchat.com linkedin.com licdn.com reddit.com redd.it
    vk.com ok.ru weibo.com youtube.com youtu.be ytimg.com vimeo.com twitch.tv imgur.com giphy.com
    gettyimages.com shutterstock.com istockphoto.com alamy.com unsplash.com pexels.com pixabay.com
    wikimedia.org wikipedia.org imdb.com spokeo.com bing.com
    """.split()  # noqa: SIM905  # lines of a list would hide how short it is
)
# So are these, but what somebody has below them under a name of their own is theirs.
_HOSTS_OF_MANY: Final = frozenset(
    """
    flickr.com tumblr.com blogspot.com blogger.com wordpress.com medium.com substack.com
    deviantart.com smugmug.com github.io gitlab.io netlify.app pages.dev vercel.app wixsite.com
    weebly.com squarespace.com google.com googleusercontent.com amazonaws.com cloudfront.net
    com.au com.br co.jp co.kr co.nz co.uk co.za org.uk ac.uk gov.uk com.mx com.tr co.in
    """.split()  # noqa: SIM905  # as above
)
_PINTEREST: Final = re.compile(r"(.*\.)?pinterest\.[a-z.]{2,6}")
_FEED: Final = re.compile(r"(^feed:)|(\.(rss|atom|xml|rdf)$)|(/(feed|rss|atom)/?$)", re.IGNORECASE)
_FEED_HOSTS: Final = frozenset({"feedburner.com", "feeds.feedburner.com", "rss.app", "feedly.com"})

BOARDS_OF_OTHERS: Final = (
    "{name} holds what other people published: nobody here can vouch for the people shown there. "
    "Pictures that came from it are never analysed."
)


def why_not(source: str) -> str:
    """Return why an organization cannot vouch for ``source``; empty where it can."""
    if source in Attestable.values:
        return ""
    name = source.title() if source in [known.value for known in Source] else "This source"
    return BOARDS_OF_OTHERS.format(name=name)


def clean_site(text: str) -> str:
    """Return the domain that ``text`` names, as assets have it: lower case, without ``www.``.

    Args:
        text: a domain, or the address of any page of the site.

    Raises:
        SourceNotAttestableError: it is no site, or none that anybody can vouch for.
    """
    given = text.strip()
    if _FEED.search(given.partition("?")[0]):
        raise SourceNotAttestableError(
            "This looks like a feed. What a feed brings may be anybody's; name the site that is "
            "yours instead."
        )
    address = web_address(given if "://" in given else f"https://{given}")
    site = domain_of(address).rstrip(".")
    if not _HOST.fullmatch(site):
        raise SourceNotAttestableError("Name a site by its domain, such as example.com.")
    if _is_below(site, _OF_EVERYBODY) or _PINTEREST.fullmatch(site):
        raise SourceNotAttestableError(BOARDS_OF_OTHERS.format(name=site))
    if site in _FEED_HOSTS:
        raise SourceNotAttestableError("An open feed is never analysed.")
    if site in _HOSTS_OF_MANY:
        raise SourceNotAttestableError(
            f"Many people have sites at {site}. Name the one that is yours, such as yours.{site}."
        )
    return site


def _is_below(site: str, domains: frozenset[str]) -> bool:
    parts = site.split(".")
    return any(".".join(parts[at:]) in domains for at in range(len(parts)))
