"""Hostile archives: read the directory by our own rules, then stream members, never to a path."""

from connectors.archives.directory import MemberInfo, SkippedMember, ends_like_archive
from connectors.archives.gzip import read_gzip
from connectors.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from connectors.archives.zip import ZipArchive

__all__ = [
    "DEFAULT_LIMITS",
    "ArchiveLimits",
    "MemberInfo",
    "SkippedMember",
    "ZipArchive",
    "ends_like_archive",
    "read_gzip",
]
