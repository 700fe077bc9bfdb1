"""The door to pictures: a few child processes that inspect, decode and render them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from media.imaging import sniff
from media.imaging.children import Children, Source, understand
from media.imaging.errors import ImageError
from media.imaging.values import Decoded, Inspected, Limits, Rendered, Rendition
from media.imaging.worker import IMAGING


class RenditionPool(Children):
    """A pool of limited child processes for pictures; thread-safe."""

    def __init__(self, processes: int = 2, *, limits: Limits | None = None) -> None:
        super().__init__(processes, limits=limits or Limits(), program=IMAGING)

    def inspect(self, source: Source) -> Inspected:
        """Return what the header of a picture says.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, _ = self.ask({"operation": "inspect"}, source)
        return understand(lambda: Inspected(**head["source"]))

    def decode(self, source: Source, *, longest_px: int) -> Decoded:
        """Return upright sRGB pixels of the first frame, reduced to ``longest_px`` at most.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, body = self.ask({"operation": "decode", "longest_px": longest_px}, source)
        return understand(lambda: _to_decoded(head, body))

    def render(self, source: Source) -> Rendered:
        """Return the renditions, hashes and colors of a picture.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, body = self.ask({"operation": "render"}, source)
        return understand(lambda: _to_rendered(head, body))

    def render_many(
        self, sources: Iterable[Source], *, must_end: Callable[[], bool] = lambda: False
    ) -> Iterator[Rendered | ImageError]:
        """Render pictures on all the children at once; see ``ask_for_each``."""
        return self.ask_for_each(self.render, sources, must_end=must_end)


def _to_decoded(head: dict[str, Any], body: bytes) -> Decoded:
    width, height = head["width_px"], head["height_px"]
    if len(body) != width * height * 3:
        message = "Pixels are missing."
        raise ValueError(message)
    return Decoded(source=Inspected(**head["source"]), width_px=width, height_px=height, rgb=body)


def _to_rendered(head: dict[str, Any], body: bytes) -> Rendered:
    thumb_bytes = head["thumb"]["size_bytes"]
    return Rendered(
        source=Inspected(**head["source"]),
        has_alpha=head["has_alpha"],
        dominant_color=head["dominant_color"],
        palette=tuple(head["palette"]),
        phash=head["phash"],
        dhash=head["dhash"],
        thumb=_to_rendition(head["thumb"], body[:thumb_bytes]),
        preview=_to_rendition(head["preview"], body[thumb_bytes:]),
    )


def _to_rendition(about: dict[str, Any], content: bytes) -> Rendition:
    # It is served as WebP: nothing else may pass for one.
    if len(content) != about["size_bytes"] or sniff.sniff_media_type(content) != "image/webp":
        message = "A rendition is no WebP."
        raise ValueError(message)
    return Rendition(
        width_px=about["width_px"],
        height_px=about["height_px"],
        is_animated=about["is_animated"],
        content=content,
    )
