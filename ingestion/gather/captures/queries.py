"""How captures and their looks stand."""

import dataclasses
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db.models import QuerySet

from ingestion.codes import CODES, ended
from ingestion.gather.captures.known import known_asset
from ingestion.gather.captures.looking import LOOK_ERROR
from ingestion.gather.queries import Gathering, as_gatherings, of_kinds
from ingestion.gather.status import TERMINAL, JobStatus
from ingestion.gather.wanted import Wanted
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import UNFINISHED, ItemOutcome
from ingestion.models.job import JobKind
from media.imaging.values import RENDITION_MEDIA_TYPE
from media.library.cards import Card, cards_of
from media.models import Board
from media.models.blob import RenditionName
from media.serving.files import ServedFile
from media.storage import rendition_key

_OF_ANSWERS: Final = frozenset({"not_found", "forbidden", "payload_too_large"})
# How many boards the window proposes; others are typed.
MOST_BOARDS: Final = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that may be meant.

    Attributes:
        card: of the asset that it is already; None for what the library does not show.
        is_coming: it is being fetched still.
        is_in_trash: it was thrown away, and comes back with being saved.
    """

    position: int
    wanted: Wanted
    card: Card | None
    is_coming: bool
    is_in_trash: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """How a look stands.

    Attributes:
        candidates: what can be chosen, and what is coming; the best first.
        error: why nothing was found, for people; empty where something was, or may still be.
    """

    job: Job
    run: SyncRun
    candidates: tuple[Candidate, ...]
    code: str
    error: str

    @property
    def is_over(self) -> bool:
        """Return whether nothing more comes."""
        return not self.run.is_open

    @property
    def title(self) -> str:
        """Return what the page calls itself; empty before it was read."""
        return str(self.job.params.get("page_title", ""))

    @property
    def is_known(self) -> bool:
        """Return whether the address alone says which asset it is; then there is no choice."""
        return len(self.candidates) == 1 and not self.candidates[0].wanted.url


@dataclasses.dataclass(frozen=True)
class Capture:
    """Something that was saved, or is being saved."""

    found: Gathering

    @property
    def job(self) -> Job:
        """Return the job."""
        return self.found.job

    @property
    def run(self) -> SyncRun | None:
        """Return the run that saves it."""
        return self.found.run

    @property
    def status(self) -> JobStatus:
        """Return how it stands."""
        return self.found.status

    @property
    def is_over(self) -> bool:
        """Return whether it goes no further by itself."""
        return self.status in TERMINAL

    @property
    def is_undone(self) -> bool:
        """Return whether somebody took it back."""
        return bool(self.job.params.get("is_undone"))

    @property
    def was_here(self) -> bool:
        """Return whether the library had the picture before."""
        return self.status == JobStatus.COMPLETED and not self.job.params.get("is_new")

    @property
    def asset_id(self) -> uuid.UUID | None:
        """Return the asset; None while it is not there."""
        key = self.job.params.get("asset")
        return uuid.UUID(key) if key else None

    @cached_property
    def card(self) -> Card | None:
        """Return the asset as walls show it."""
        return card_of_asset(self.asset_id) if self.asset_id else None

    @cached_property
    def board(self) -> Board | None:
        """Return the board that it was put on."""
        params: dict[str, Any] = self.job.params
        boards = Board.objects.present()
        if params.get("board"):
            return boards.filter(pk=params["board"]).first()
        name = params.get("board_name", "")
        return boards.filter(folded_name=name.lower()).by_name().first() if name else None

    @property
    def error(self) -> str:
        """Return why it failed, as a code; empty where it did not."""
        return self.found.error

    @property
    def sentence(self) -> str:
        """Return the same for people; also why it is tried again."""
        run = self.run
        if run is None or self._is_done:
            return ""
        return _spoken(run.error_code, run.user_message)

    @property
    def _is_done(self) -> bool:
        return self.status == JobStatus.COMPLETED


def captures() -> QuerySet[Job]:
    """Return the jobs that save something, or look at it."""
    return of_kinds([JobKind.CAPTURE])


def as_capture(job: Job) -> Capture:
    """Return a job as what was saved."""
    (found,) = as_gatherings([job])
    return Capture(found)


def as_look(job: Job) -> Look | None:
    """Return how the look of a job stands; None where there is none."""
    run = SyncRun.objects.filter(job=job, is_dry_run=True).newest_first().first()
    if run is None:
        return None
    candidates = _candidates(list(RunItem.objects.filter(run=run).order_by("ordinal")))
    code, sentence = _why_nothing(job, run, candidates)
    return Look(job, run, candidates, code, sentence)


def preview_of(job: Job, position: int) -> ServedFile | None:
    """Return a picture of a look as it is stored; None where there is none, or none any more."""
    looked = RunItem.objects.filter(run__job=job, run__is_dry_run=True, outcome=ItemOutcome.NEW)
    item = looked.filter(ordinal=position).first()
    wanted = Wanted.of_payload(item.payload) if item is not None and item.payload else None
    if wanted is None or not wanted.seen_sha256:
        return None
    key = rendition_key(job.org_id, wanted.seen_sha256, RenditionName.THUMB)
    try:
        size_bytes = default_storage.size(key)
    except FileNotFoundError:
        return None
    return ServedFile(key, wanted.seen_sha256, size_bytes, RENDITION_MEDIA_TYPE)


def card_of_asset(asset_id: uuid.UUID) -> Card | None:
    """Return an asset as walls show it; None where there is none."""
    return next(iter(cards_of([asset_id])), None)


def known_card(url: str, picture: str) -> Card | None:
    """Return the asset that an address says it is; None for none, or one in the trash."""
    asset = known_asset(url, picture)
    return card_of_asset(asset.pk) if asset is not None else None


def board_names() -> list[str]:
    """Return the boards that the window proposes."""
    names = Board.objects.present().by_name().values_list("name", flat=True)
    return list(names[:MOST_BOARDS])


def last_board(user_id: uuid.UUID) -> str:
    """Return the name of the board that a person used last, for what they save next."""
    saved = of_kinds([JobKind.CAPTURE]).filter(created_by_id=user_id, params__has_key="asset")
    last = saved.order_by("-created_at", "-pk").first()
    board = as_capture(last).board if last is not None else None
    return board.name if board is not None else ""


def _candidates(items: Sequence[RunItem]) -> tuple[Candidate, ...]:
    """Return what can be chosen, and what is coming; what failed or is an icon is left out."""
    ids = [item.asset_id for item in items if item.asset_id]
    cards = {card.id: card for card in cards_of(ids)} if ids else {}
    found = []
    for item in items:
        card = cards.get(item.asset_id) if item.asset_id else None
        is_coming = item.outcome in UNFINISHED
        is_in_trash = item.asset_id is not None and card is None
        if is_coming or item.asset_id or item.outcome == ItemOutcome.NEW:
            wanted = Wanted.of_payload(item.payload or {"key": item.source_ref})
            found.append(Candidate(item.ordinal, wanted, card, is_coming, is_in_trash))
    return tuple(found)


def _why_nothing(job: Job, run: SyncRun, candidates: Sequence[Candidate]) -> tuple[str, str]:
    """Return code and sentence of why a look found nothing; both empty where it did, or may."""
    if run.is_open or candidates:
        return "", ""
    if said := job.params.get(LOOK_ERROR):
        return said["code"], _spoken(said["code"], said["sentence"])
    if run.error_code:
        return run.error_code, _spoken(run.error_code, run.user_message)
    failed = RunItem.objects.filter(run=run, outcome=ItemOutcome.FAILED).order_by("ordinal").first()
    if failed is not None:
        return failed.reason, failed.detail
    return "no_pictures", CODES["no_pictures"].sentence


def _spoken(code: str, sentence: str) -> str:
    """Return why a page gave nothing, without the figures of its answer."""
    return ended(CODES[code].sentence if code in _OF_ANSWERS else sentence)
