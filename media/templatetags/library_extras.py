"""How the library's pages write figures, colours and addresses."""

from urllib.parse import urlsplit
from uuid import UUID

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from media.colors import ColorName
from media.library.chips import source_name
from media.models.operation import OperationKind
from media.serving.addresses import download_address, picture_address

register = template.Library()
register.filter("source_name", source_name)

SWATCHES = {
    ColorName.RED: "#c8403c",
    ColorName.ORANGE: "#e2863a",
    ColorName.YELLOW: "#e9c94b",
    ColorName.GREEN: "#5a9a57",
    ColorName.TEAL: "#3f9a98",
    ColorName.BLUE: "#4877c4",
    ColorName.PURPLE: "#8460b8",
    ColorName.PINK: "#dd86a8",
    ColorName.BROWN: "#8a6144",
    ColorName.WHITE: "#f5f3ef",
    ColorName.GREY: "#96939a",
    ColorName.BLACK: "#26242a",
}
FORMATS = {"svg+xml": "SVG", "x-icon": "ICO", "quicktime": "MOV"}
MINUTE_S = 60
HOUR_S = 3600


@register.filter
def swatch(name: str) -> str:
    """Return the colour that stands for a name of ``ColorName``."""
    return SWATCHES.get(name, "")  # type: ignore[call-overload,no-any-return]  # a choice is its text


@register.filter
def web_address(text: str) -> str:
    """Return an address that a link may lead to, else nothing: ``javascript:`` is none."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


@register.filter
def host(address: str) -> str:
    """Return the host of an address as people read it."""
    try:
        return (urlsplit(address.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@register.filter
def format_name(media_type: str) -> str:
    """Return ``JPEG`` for ``image/jpeg``."""
    name = media_type.rpartition("/")[2]
    return FORMATS.get(name, name.upper())


@register.filter
def clock(duration_ms: int | None) -> str:
    """Return milliseconds as ``1:05`` or ``1:02:03``."""
    if not duration_ms:
        return ""
    hours, rest = divmod(round(duration_ms / 1000), HOUR_S)
    minutes, seconds = divmod(rest, MINUTE_S)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


OPERATION_ICONS = {
    OperationKind.EDIT_TEXT: "edit",
    OperationKind.TAG_ADD: "tag",
    OperationKind.TAG_REMOVE: "tag",
    OperationKind.BOARD_ADD: "board-add",
    OperationKind.BOARD_REMOVE: "boards",
    OperationKind.BOARD_REORDER: "sort",
    OperationKind.BOARD_CREATE: "boards",
    OperationKind.BOARD_RENAME: "edit",
    OperationKind.BOARD_DELETE: "trash",
    OperationKind.TRASH: "trash",
    OperationKind.RESTORE: "refresh",
    OperationKind.UNDO: "undo",
}


@register.filter
def operation_icon(kind: str) -> str:
    """Return the icon of a kind of operation."""
    return OPERATION_ICONS.get(OperationKind(kind), "activity")


@register.simple_tag(takes_context=True)
def picture_url(context: Context, picture_id: UUID, size: str, version: str) -> str:
    """Return the address of a derived picture; ``version`` lets browsers keep it for ever."""
    return picture_address(context["request"].org, picture_id, size, version=version)


@register.simple_tag(takes_context=True)
def download_url(context: Context, picture_id: UUID) -> str:
    """Return the address that downloads the original of a picture."""
    return download_address(context["request"].org, picture_id)


@register.simple_tag
def tint(color: str) -> SafeString:
    """Return what paints a colour without a style attribute; nothing for no colour."""
    if not color:
        return SafeString("")
    return format_html('<svg class="tint" color="{}" aria-hidden="true"></svg>', color)
