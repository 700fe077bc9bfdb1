"""Readers of export files: from hostile bytes to pages of items."""

from connectors.readers.imports import ImportReader, open_import

__all__ = ["ImportReader", "open_import"]
