"""What of that which somebody saves is in the library already, or was thrown away."""

from connectors.items import Source
from connectors.readers.pinterest.addresses import pin_of_address
from ingestion.gather.captures.targets import is_pinterest_picture, wanted_of_address
from ingestion.gather.ledger import ALREADY_HERE, Ended, unfinished, write_ended
from ingestion.gather.storing import Place
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from media.models import Asset, Tombstone

PIN_REF = "pin:"


def known_asset(url: str, picture: str) -> Asset | None:
    """Return the asset that ``url`` is, as far as its text says; also one in the trash.

    Args:
        picture: the one that was pointed at; on the page of a pin it may be one of another pin.
    """
    key = wanted_of_address(picture or url).key if picture or is_pinterest_picture(url) else ""
    if pin_id := pin_of_address(url):
        pins = Asset.objects.filter(source=Source.PINTEREST, source_ref=f"{PIN_REF}{pin_id}")
        pin = pins.first()
        is_pin = not key.startswith("sig:") or pin is None or pin.media.filter(key=key).exists()
        if pin is not None and is_pin:
            return pin
    if not key:
        return None
    shown = Asset.objects.filter(media__key=key, media__blob__isnull=False)
    return shown.present().order_by("pk").first()


def call_back(run: SyncRun, place: Place) -> None:
    """Take what was thrown away before for what it is: here, for whoever saves it wants it again.

    Of what was deleted for good the reminder goes that keeps imports from bringing it.
    """
    for item in unfinished(run.pk):
        ref = place.ref or item.source_ref
        named = {"source": place.source.value, "source_ref": ref}
        Tombstone.objects.filter(**named).delete()
        asset = Asset.objects.in_trash().filter(**named).first()
        if asset is not None:
            ended = Ended(item.pk, ItemOutcome.SKIPPED, ALREADY_HERE, "", asset.pk)
            write_ended(run, [ended])
