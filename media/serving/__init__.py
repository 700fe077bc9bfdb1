"""Giving out the bytes of pictures to those who may see them."""

from media.serving.addresses import download_address, picture_address

__all__ = ["download_address", "picture_address"]
