"""Hostile archives: read the directory by our own rules, then stream members, never to a path."""

from connectors.archives.directory import MemberInfo, SkippedMember
from connectors.archives.gzip import read_gzip
from connectors.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from connectors.archives.zip import ZipArchive

__all__ = [
    "DEFAULT_LIMITS",
    "ArchiveLimits",
    "MemberInfo",
    "SkippedMember",
    "ZipArchive",
    "read_gzip",
]
