"""Who is who: faces become people, over arrays only; who reads and writes them is elsewhere.

People forgive two heaps for one person, not one heap for two. So a face is taken for a known
person's only where that is strict (``accept``, and ``margin`` before the next person), people are
asked in between (``suggest``), and what nobody knows founds new people by average linkage, the
one method that survives a single bad link. Only core faces are compared with: those of a quality
that may found a person, or confirmed by people; a blurred face never draws others to it. Two
faces of one photo are two people.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from faces.engine.spec import Thresholds
from faces.linkage import BLOCK, Distances, Numbers, Pair, Vectors, distances, group, split_in_two

Flags = npt.NDArray[np.bool_]

# A person is as far from a face as the nearest few of the person's faces are on average.
NEAREST_FACES: Final = 50
NEAREST_OF_PERSON: Final = 3
NEAREST_OF_PAIR: Final = 5
LEAST_FACES: Final = 2
# What was just placed helps to place others; this often it is tried again.
MOST_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces of one organization and one engine that belong to nobody yet.

    Attributes:
        vectors: (n, dim) float32, of which the L2 distance says how alike two are.
        photos: (n,) the number of the photo that each is on.
        is_seed: (n,) whether its quality lets it found a person.
    """

    vectors: Vectors
    photos: Numbers
    is_seed: Flags


@dataclass(frozen=True, slots=True)
class Owned:
    """Faces of the same organization and engine that belong to people.

    Attributes:
        people: (m,) the number of the person of each, 0 or more.
        is_core: (m,) whether others are compared with it: of seed quality, or confirmed.
    """

    vectors: Vectors
    photos: Numbers
    people: Numbers
    is_core: Flags

    @property
    def next_person(self) -> int:
        """The lowest number that no person has."""
        return int(self.people.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Rules:
    """What people have said, which no machine goes against.

    Attributes:
        vetoes: (face, person) that are not the same: of ``Faces`` by place, by number.
        apart: (face, face) of ``Faces``, by place, that are not one person.
    """

    vetoes: Collection[Pair] = field(default_factory=frozenset)
    apart: Collection[Pair] = field(default_factory=frozenset)


class Placement(NamedTuple):
    """Where a face goes.

    Attributes:
        person: number of the person, one of ``Owned.people`` or a new one.
        is_sure: whether it is taken for the person's; else people are to be asked.
        distance: how far it is from the person's nearest core faces; of one that founded the
            person with others, from theirs.
    """

    person: int
    is_sure: bool
    distance: float


class Pairing(NamedTuple):
    """Two people who may be one, the lower number first."""

    first: int
    second: int
    distance: float


def arrange(
    faces: Faces, owned: Owned, thresholds: Thresholds, rules: Rules | None = None
) -> list[Placement | None]:
    """Return where each of ``faces`` goes; None for one that stays unassigned.

    Faces are placed with known people first, what is left founds new people (numbered from
    ``owned.next_person``), and what is left then is tried once more. Run it over what arrived, and
    over all that is unassigned when a job has ended: each run may place more, and moves nothing.
    """
    rules = rules or Rules()
    placed = _place_in_rounds(faces, owned, thresholds, rules)
    left = np.array(
        [at for at, is_seed in enumerate(faces.is_seed) if is_seed and not _is_sure(placed[at])],
        dtype=np.int64,
    )
    founded = _found(faces, left, thresholds, rules, first=owned.next_person)
    if not founded:
        return placed
    sure = {at: place for at, place in enumerate(placed) if place and place.is_sure} | founded
    again = _place_in_rounds(faces, owned, thresholds, rules, sure=sure)
    return list(again)


def place(
    faces: Faces, owned: Owned, thresholds: Thresholds, rules: Rules | None = None
) -> list[Placement | None]:
    """Return the known person that each face is sure to be, or may be; None for a stranger.

    Of several faces on a photo the nearest gets a person, the others try the next.
    """
    known = _People(owned)
    rules = rules or Rules()
    vetoed: dict[int, set[int]] = {}
    for at, person in rules.vetoes:
        vetoed.setdefault(at, set()).add(person)
    barred = [
        known.on_photo(photo) | vetoed.get(at, set())
        for at, photo in enumerate(faces.photos.tolist())
    ]
    scores = list(known.rank(faces.vectors, barred))
    placed: list[Placement | None] = [None] * len(scores)
    by_nearness = sorted(
        (at for at, ranked in enumerate(scores) if ranked), key=lambda at: scores[at][0][0]
    )
    taken: dict[int, set[int]] = {}
    for at in by_nearness:
        on_photo = taken.setdefault(int(faces.photos[at]), set())
        placed[at] = _judge([score for score in scores[at] if score[1] not in on_photo], thresholds)
        if placement := placed[at]:
            on_photo.add(placement.person)
    return placed


def suggest_merges(
    owned: Owned,
    thresholds: Thresholds,
    *,
    distinct: Collection[Pair] = (),
    of_people: Collection[int] | None = None,
) -> list[Pairing]:
    """Return pairs of people who may be one, nearest first; nobody but people merges them.

    Never of two who are on one photo, or were declared distinct.

    Args:
        distinct: pairs of numbers of people.
        of_people: one of each pair is one of these; all by default.
    """
    core = _core(owned)
    known = _People(owned)
    barred = {tuple(sorted(pair)) for pair in distinct}
    pairings: dict[Pair, float] = {}
    for person in sorted(known.numbers if of_people is None else of_people):
        together = known.seen_with(person)
        for other, distance in _near_people(core, person, thresholds.suggest).items():
            pair = (min(person, other), max(person, other))
            if other not in together and pair not in barred:
                pairings[pair] = distance
    ranked = sorted((distance, pair) for pair, distance in pairings.items())
    return [Pairing(*pair, distance) for distance, pair in ranked]


def suggest_split(vectors: Vectors, thresholds: Thresholds) -> tuple[list[int], list[int]] | None:
    """Return the two heaps, by place, that the faces of one person may be; the larger first.

    None where they are one.
    """
    if len(vectors) < 2 * LEAST_FACES:
        return None
    first, second, height = split_in_two(vectors)
    if height <= thresholds.suggest or min(len(first), len(second)) < LEAST_FACES:
        return None
    larger, smaller = sorted((first, second), key=len, reverse=True)
    return larger, smaller


def join(owned: Owned, faces: Faces, placed: Sequence[Placement | None]) -> Owned:
    """Return ``owned`` with the faces that are sure to be somebody's."""
    sure = [(at, where.person) for at, where in enumerate(placed) if where and where.is_sure]
    chosen = np.array([at for at, _ in sure], dtype=np.int64)
    people = np.array([person for _, person in sure], dtype=np.int64)
    return Owned(
        vectors=np.concatenate([owned.vectors, faces.vectors[chosen]]),
        photos=np.concatenate([owned.photos, faces.photos[chosen]]),
        people=np.concatenate([owned.people, people]),
        is_core=np.concatenate([owned.is_core, faces.is_seed[chosen]]),
    )


class _People:
    """The owned faces, by photo and by person."""

    def __init__(self, owned: Owned) -> None:
        self._core = _core(owned)
        self._by_photo: dict[int, set[int]] = {}
        self._photos: dict[int, set[int]] = {}
        for photo, person in zip(owned.photos.tolist(), owned.people.tolist(), strict=True):
            self._by_photo.setdefault(photo, set()).add(person)
            self._photos.setdefault(person, set()).add(photo)

    @property
    def numbers(self) -> Iterable[int]:
        return self._photos

    def on_photo(self, photo: int) -> set[int]:
        return self._by_photo.get(photo, set())

    def seen_with(self, person: int) -> set[int]:
        """Return who is on a photo with ``person``, that person included."""
        photos = self._photos.get(person, set())
        return {person}.union(*(self._by_photo[photo] for photo in photos))

    def rank(
        self, vectors: Vectors, barred: Sequence[set[int]]
    ) -> Iterator[list[tuple[float, int]]]:
        """Yield the people around each vector with their distances, nearest first.

        Args:
            barred: whom not to look at, for each vector.
        """
        for start in range(0, len(vectors), BLOCK):
            between = distances(vectors[start : start + BLOCK], self._core.vectors)
            for row, away in zip(between, barred[start : start + BLOCK], strict=True):
                yield self._rank(row, away)

    def _rank(self, between: Distances, barred: set[int]) -> list[tuple[float, int]]:
        if barred:
            between = np.where(np.isin(self._core.people, list(barred)), np.inf, between)
        count = min(NEAREST_FACES, len(between))
        nearest = np.argpartition(between, count - 1)[:count] if count else np.arange(0)
        of_person: dict[int, list[float]] = {}
        for at in nearest[np.argsort(between[nearest], kind="stable")]:
            if np.isfinite(between[at]):
                of_person.setdefault(int(self._core.people[at]), []).append(float(between[at]))
        return sorted((_mean(near[:NEAREST_OF_PERSON]), who) for who, near in of_person.items())


def _judge(ranked: Sequence[tuple[float, int]], thresholds: Thresholds) -> Placement | None:
    if not ranked or ranked[0][0] > thresholds.suggest:
        return None
    distance, person = ranked[0]
    next_distance = ranked[1][0] if len(ranked) > 1 else float("inf")
    is_sure = distance <= thresholds.accept and next_distance - distance >= thresholds.margin
    return Placement(person, is_sure, distance)


def _place_in_rounds(
    faces: Faces,
    owned: Owned,
    thresholds: Thresholds,
    rules: Rules,
    *,
    sure: dict[int, Placement] | None = None,
) -> list[Placement | None]:
    """Place what ``sure`` does not know, again as long as that places more for sure."""
    sure = dict(sure or {})
    placed: list[Placement | None] = []
    for _ in range(MOST_ROUNDS):
        placed = [sure.get(at) for at in range(len(faces.photos))]
        open_at = [at for at, where in enumerate(placed) if where is None]
        known = join(owned, faces, placed)
        there = {at: number for number, at in enumerate(open_at)}
        vetoes = {(there[at], person) for at, person in rules.vetoes if at in there}
        found = place(_pick(faces, open_at), known, thresholds, Rules(vetoes=vetoes))
        for at, where in zip(open_at, found, strict=True):
            placed[at] = where
        more = {at: where for at, where in enumerate(placed) if where and where.is_sure}
        if len(more) == len(sure):
            break
        sure = more
    return placed


def _found(
    faces: Faces, left: Numbers, thresholds: Thresholds, rules: Rules, *, first: int
) -> dict[int, Placement]:
    """Return the faces of ``left`` that found people together, numbered from ``first``."""
    there = {int(at): number for number, at in enumerate(left)}
    apart = [(there[a], there[b]) for a, b in rules.apart if a in there and b in there]
    clusters = group(
        faces.vectors[left], cut=thresholds.link, photos=faces.photos[left], apart=apart
    )
    founded: dict[int, Placement] = {}
    number = first
    for cluster in clusters:
        if len(cluster) < LEAST_FACES:
            continue
        members = left[np.array(cluster)]
        matrix = distances(faces.vectors[members], faces.vectors[members])
        averages = matrix.sum(axis=1) / (len(members) - 1)
        for at, average in zip(members.tolist(), averages.tolist(), strict=True):
            founded[at] = Placement(number, True, average)
        number += 1
    return founded


def _near_people(core: Owned, person: int, suggest: float) -> dict[int, float]:
    """Return the others within ``suggest`` of ``person``: by the few nearest pairs of faces."""
    own = core.vectors[core.people == person]
    nearest: dict[int, list[float]] = {}
    for start in range(0, len(own), BLOCK):
        between = distances(own[start : start + BLOCK], core.vectors)
        is_near = (between.min(axis=0) <= suggest) & (core.people != person)
        for other in np.unique(core.people[is_near]).tolist():
            pairs = np.sort(between[:, core.people == other], axis=None)[:NEAREST_OF_PAIR]
            nearest.setdefault(other, []).extend(pairs.tolist())
    scores = {who: _mean(sorted(near)[:NEAREST_OF_PAIR]) for who, near in nearest.items()}
    return {who: distance for who, distance in scores.items() if distance <= suggest}


def _core(owned: Owned) -> Owned:
    kept = owned.is_core
    return Owned(owned.vectors[kept], owned.photos[kept], owned.people[kept], kept[kept])


def _pick(faces: Faces, places: Sequence[int]) -> Faces:
    chosen = np.array(places, dtype=np.int64)
    return Faces(faces.vectors[chosen], faces.photos[chosen], faces.is_seed[chosen])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _is_sure(where: Placement | None) -> bool:
    return where is not None and where.is_sure
