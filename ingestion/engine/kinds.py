"""What runs can do: each kind of job is one class, found here by its name."""

import time
from typing import Any, ClassVar, Protocol

from django import forms

from ingestion.engine.claims import Claim
from ingestion.engine.lease import Watch
from ingestion.errors import KindUnknownError, ParamsInvalidError
from ingestion.models import Job
from tenants.queue import WORK

SLICE_S = 60.0
HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Slice:
    """The time that a run may work before others have their turn.

    Attributes:
        held: the claim that the slice works under.
    """

    def __init__(
        self,
        held: Claim,
        *,
        should_stop: "StopSignal",
        is_awaited: "StopSignal | None" = None,
        seconds: float = SLICE_S,
        watch: Watch | None = None,
    ) -> None:
        self.held = held
        self._should_stop = should_stop
        self._is_awaited = is_awaited
        self._watch = watch or Watch()
        self._ends_at = time.monotonic() + seconds

    @property
    def is_called_off(self) -> bool:
        """Return whether nobody wants what is in hand: the run was cancelled, or is another's."""
        return self._watch.cancelled.is_set() or self._watch.lost.is_set()

    @property
    def is_stopping(self) -> bool:
        """Return whether the process is about to end; cheap, and asked on any thread."""
        return self._should_stop()

    @property
    def is_pressed(self) -> bool:
        """Return whether the worker is wanted elsewhere: others wait, or the process is to end."""
        return self._watch.awaited.is_set() or self._should_stop()

    @property
    def is_cut_short(self) -> bool:
        """Return whether time is up, or the work is to end; cheap, and asked on any thread."""
        return time.monotonic() >= self._ends_at or self.is_called_off or self._should_stop()

    @property
    def may_begin(self) -> bool:
        """Return whether a part of a batch may begin: there is time, and nobody waits."""
        return time.monotonic() < self._ends_at and not (self.is_called_off or self.is_pressed)

    @property
    def is_over(self) -> bool:
        """Return whether to save and yield; asked between batches, for it may ask the database."""
        return self.is_cut_short or (self._is_awaited is not None and self._is_awaited())


class StopSignal(Protocol):
    """Tells whether the process is about to end, or others wait."""

    def __call__(self) -> bool:
        """Return True once work should stop at the next batch."""


class NoParams(forms.Form):
    """For kinds whose jobs need to be told nothing."""


class Kind:
    """One kind of job: subclass it, say what it is, and ``register`` it.

    Attributes:
        name: what rows, the API and the log call it.
        label: what people read.
        datasets: names of what a success makes fresh (``ingestion.freshness.datasets``); a kind
            whose steps have datasets of their own names none here.
        params_form: checks what its jobs are told; what is cleaned is stored as JSON.
        stall_s: seconds without anything written after which a run counts as stuck. Longer than
            its longest batch.
        deadline_s: seconds from a run's first claim after which it ends, however well it goes.
        max_attempts: failures in a row after which a run ends.
        pauses_itself: whether a job that fails for long is paused.
        is_bulk: whether its runs may take hours, so that what a person asks of it waits in the
            line of such work, and holds up nobody who waits for moments.
        cluster: whose workers work its runs: those that have loaded what it needs.
        can_control: whether people run, pause and cancel its jobs as such; of a kind that only
            carries out what is asked for elsewhere they do not.
        can_backfill, can_rewind, can_rehearse, can_retry_items: what people may ask for beyond a
            plain run: a window of time, an earlier checkpoint, a dry run, what failed in a run.
        can_be_told: whether people choose what a standing job does before they start it.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    datasets: ClassVar[tuple[str, ...]] = ()
    params_form: ClassVar[type[forms.Form]] = NoParams
    stall_s: ClassVar[int] = 600
    deadline_s: ClassVar[int] = DAY_S
    max_attempts: ClassVar[int] = 6
    pauses_itself: ClassVar[bool] = True
    is_bulk: ClassVar[bool] = False
    cluster: ClassVar[str] = WORK
    can_control: ClassVar[bool] = True
    can_backfill: ClassVar[bool] = False
    can_rewind: ClassVar[bool] = False
    can_rehearse: ClassVar[bool] = False
    can_retry_items: ClassVar[bool] = False
    can_be_told: ClassVar[bool] = False

    def work(self, turn: Slice) -> None:
        """Work until the end or until ``turn.is_over``; every batch checks the fence.

        The work itself ends the run or yields it.
        """
        raise NotImplementedError

    def check(self, job: Job) -> None:
        """Look whether a run of ``job`` could do anything, before a person's is queued.

        Raises:
            NotReadyError: what it lacks, and what to do.
        """

    def is_idle(self, job: Job) -> bool:
        """Return whether a run that the schedule asks for would have nothing to do, for sure."""
        return False

    def clean_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return ``params`` as they are stored.

        Raises:
            ParamsInvalidError: what is wrong with which of them.
        """
        form = self.params_form(params)
        if not form.is_valid():
            errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
            name, texts = next(iter(errors.items()))
            raise ParamsInvalidError(f"{name}: {texts[0]}", errors=errors)
        return dict(form.cleaned_data)


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of job known; called while the apps get ready."""
    _KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return the kind called ``name``.

    Raises:
        KindUnknownError: there is none: a job outlived what it was made for.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise KindUnknownError(name) from None


def datasets_of(name: str) -> tuple[str, ...]:
    """Return what a success of the kind called ``name`` makes fresh; nothing if it is gone."""
    return _KINDS[name].datasets if name in _KINDS else ()


def cluster_of(name: str) -> str:
    """Return whose workers work runs of the kind called ``name``."""
    return _KINDS[name].cluster if name in _KINDS else WORK


def kinds() -> list[Kind]:
    """Return all kinds, in the order in which they were registered."""
    return list(_KINDS.values())
