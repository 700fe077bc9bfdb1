"""The process that touches the bytes of pictures: reads requests, answers, knows nothing else.

Started by ``worker`` with an empty environment. It ends when its pipe closes or its parent is
gone: a sibling that was forked meanwhile may hold the pipe open.
"""

import gc
import json
import os
import select
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any, BinaryIO, Final

from PIL import Image, ImageCms

from media.imaging import decode, renditions, sandbox, wire
from media.imaging.errors import ImageCrashedError, ImageError, ImageMemoryError
from media.imaging.values import Limits, Rendition

_PARENT_CHECK_S: Final = 10.0

Answer = tuple[dict[str, Any], bytes]
Operations = Mapping[str, Callable[[bytes, Limits, dict[str, Any]], Answer]]


def main(limits_json: str) -> None:
    """Serve requests about pictures until the other side closes the pipe."""
    limits = Limits(**json.loads(limits_json))
    decode.prepare_pillow(limits)
    serve(limits, _OPERATIONS, warm_up=_warm_up)


def serve(limits: Limits, operations: Operations, *, warm_up: Callable[[Limits], None]) -> None:
    """Load what is needed, confine this process for good, and answer until the pipe closes.

    Args:
        operations: by their names.
        warm_up: walks every path once: later no file is in reach.
    """
    requests, answers = _take_over_pipes()
    warm_up(limits)
    protections = sandbox.confine_process(limits)
    wire.write_message(answers, {"protections": protections})
    parent = os.getppid()
    # What was loaded stays: keep it out of every later collection.
    gc.freeze()
    while _wait_for_request(requests, parent):
        message = wire.read_message(requests)
        if message is None:
            return
        sandbox.allow_cpu_seconds(limits.timeout_s)
        wire.write_message(answers, *_answer(*message, limits, operations))
        gc.collect()


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes, and leave nothing on stdout that a library could print into."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return sys.stdin.buffer, answers


def _wait_for_request(requests: BinaryIO, parent: int) -> bool:
    while os.getppid() == parent:
        readable, _, _ = select.select([requests], [], [], _PARENT_CHECK_S)
        if readable:
            return True
    return False


def _answer(head: dict[str, Any], content: bytes, limits: Limits, operations: Operations) -> Answer:
    try:
        return operations[head["operation"]](content, limits, head)
    except ImageError as exc:
        return {"error": exc.code, "context": exc.context}, b""
    except MemoryError:
        return {"error": ImageMemoryError.code, "context": {}}, b""
    except Exception as exc:  # noqa: BLE001  # one picture fails, the child goes on
        return {"error": ImageCrashedError.code, "context": {"reason": type(exc).__name__}}, b""


def _inspect(content: bytes, limits: Limits, _head: dict[str, Any]) -> Answer:
    return {"source": asdict(renditions.inspect(content, limits))}, b""


def _decode(content: bytes, limits: Limits, head: dict[str, Any]) -> Answer:
    decoded = renditions.decode(content, limits, longest_px=head["longest_px"])
    size = {"width_px": decoded.width_px, "height_px": decoded.height_px}
    return {"source": asdict(decoded.source), **size}, decoded.rgb


def _render(content: bytes, limits: Limits, _head: dict[str, Any]) -> Answer:
    rendered = renditions.render(content, limits)
    answer = {
        "source": asdict(rendered.source),
        "has_alpha": rendered.has_alpha,
        "dominant_color": rendered.dominant_color,
        "palette": rendered.palette,
        "phash": rendered.phash,
        "dhash": rendered.dhash,
        "thumb": _describe(rendered.thumb),
        "preview": _describe(rendered.preview),
    }
    return answer, rendered.thumb.content + rendered.preview.content


def _describe(rendition: Rendition) -> dict[str, Any]:
    return {
        "width_px": rendition.width_px,
        "height_px": rendition.height_px,
        "is_animated": rendition.is_animated,
        "size_bytes": len(rendition.content),
    }


_OPERATIONS: Final[Operations] = {
    "inspect": _inspect,
    "decode": _decode,
    "render": _render,
}


def _warm_up(limits: Limits) -> None:
    """Walk every path once, so that nothing is left to be loaded when files are out of reach."""
    still = Image.new("RGB", (8, 8), "teal")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    frames = [Image.new("RGB", (8, 8), color) for color in ("teal", "plum")]
    for name, options in (
        ("JPEG", {"icc_profile": profile}),
        ("BMP", {}),
        ("PNG", {"save_all": True, "append_images": frames}),
        ("GIF", {"save_all": True, "append_images": frames}),
        ("WEBP", {"save_all": True, "append_images": frames}),
    ):
        target = BytesIO()
        still.save(target, name, **options)
        renditions.render(target.getvalue(), limits)
    _answer({"operation": "inspect"}, b"GIF89a", limits, _OPERATIONS)
