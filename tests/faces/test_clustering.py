"""Who is who, over vectors that stand as far apart as those of real faces do."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from faces.clustering import (
    Faces,
    Owned,
    Placement,
    Rules,
    arrange,
    join,
    place,
    suggest_merges,
    suggest_split,
)
from faces.engine.spec import Thresholds
from faces.linkage import Vectors, distances, group, link

THRESHOLDS = Thresholds(accept=0.5, suggest=0.6, link=0.5, margin=0.03)
DIM = 128


def make_people(count: int, *, each: int, seed: int = 1, spread: float = 0.39) -> Vectors:
    """Return faces, person after person: as far apart as measured, 0.39 within and 0.88 between."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(0, 0.88 / np.sqrt(2 * DIM), (count, DIM))
    noise = rng.normal(0, spread / np.sqrt(2 * DIM), (count, each, DIM))
    return (centers[:, None] + noise).reshape(-1, DIM).astype(np.float32)


def at(*places: float) -> Vectors:
    """Return vectors on a line, so that distances can be read off."""
    vectors = np.zeros((len(places), DIM), dtype=np.float32)
    vectors[:, 0] = places
    return vectors


def faces(
    vectors: Vectors, *, photos: Iterable[int] | None = None, is_seed: Sequence[bool] | None = None
) -> Faces:
    numbers = (
        np.arange(len(vectors)) + 1000 if photos is None else np.array(list(photos), dtype=np.int64)
    )
    seeds = np.ones(len(vectors), dtype=bool) if is_seed is None else np.array(is_seed, dtype=bool)
    return Faces(vectors, numbers, seeds)


def owned(
    vectors: Vectors,
    people: Sequence[int],
    *,
    photos: Iterable[int] | None = None,
    is_core: Sequence[bool] | None = None,
) -> Owned:
    on = range(len(vectors)) if photos is None else photos
    new = faces(vectors, photos=on, is_seed=is_core)
    return Owned(new.vectors, new.photos, np.array(people, dtype=np.int64), new.is_seed)


def rounded(where: Placement | None) -> tuple[int, bool, float] | None:
    return where and (where.person, where.is_sure, round(where.distance, 3))


NOBODY = owned(np.zeros((0, DIM), dtype=np.float32), [])


class TestArrange:
    def test_strangers_found_people_and_a_single_face_stays_unassigned(self) -> None:
        vectors = np.concatenate([make_people(4, each=5), make_people(1, each=1, seed=9)])

        placed = arrange(faces(vectors), NOBODY, THRESHOLDS)

        people = [where.person if where else None for where in placed]
        assert placed[-1] is None
        assert [len(set(people[n * 5 : n * 5 + 5])) for n in range(4)] == [1, 1, 1, 1]
        assert set(people[:-1]) == {0, 1, 2, 3}

    @pytest.mark.parametrize("batch", [1, 4, 24])
    def test_the_order_of_arrival_changes_nobody(self, batch: int) -> None:
        vectors = make_people(6, each=4, spread=0.33)
        order = np.random.default_rng(batch).permutation(len(vectors))
        known, left = NOBODY, np.arange(0)
        found: dict[int, int] = {}

        for start in range(0, len(order), batch):
            left = np.concatenate([left, order[start : start + batch]])
            arrived = Faces(vectors[left], left, np.ones(len(left), dtype=bool))
            placed = arrange(arrived, known, THRESHOLDS)
            known = join(known, arrived, placed)
            sure = {int(n): w.person for n, w in zip(left, placed, strict=True) if w and w.is_sure}
            found |= sure
            left = np.array([n for n in left if n not in sure], dtype=np.int64)

        assert len(found) == 24
        heaps = [{found[n] for n in range(p * 4, p * 4 + 4)} for p in range(6)]
        assert all(len(heap) == 1 for heap in heaps)
        assert len(set.union(*heaps)) == 6

    def test_a_blurred_face_founds_nobody_but_joins_whom_others_founded(self) -> None:
        vectors = at(0, 0.3, 0.2, 5, 5.1)

        placed = arrange(
            faces(vectors, is_seed=[True, True, False, False, True]), NOBODY, THRESHOLDS
        )

        assert [where and where.person for where in placed] == [0, 0, 0, None, None]

    def test_two_faces_of_a_photo_are_two_people(self) -> None:
        placed = arrange(faces(at(0, 0.01), photos=[7, 7]), NOBODY, THRESHOLDS)

        assert placed == [None, None]

    def test_what_people_keep_apart_stays_apart_however_often_it_runs(self) -> None:
        new = faces(at(0, 0.1, 3))
        known = owned(at(3.1, 3.2), [4, 4])
        rules = Rules(vetoes={(2, 4)}, apart={(1, 0)})

        for _ in range(3):
            placed = arrange(new, known, THRESHOLDS, rules)
            known = join(known, new, placed)

            assert placed == [None, None, None]


class TestPlace:
    def test_between_strict_and_loose_people_are_asked(self) -> None:
        known = owned(at(0), [3])

        placed = place(faces(at(0.45, 0.55, 0.65)), known, THRESHOLDS)

        assert [rounded(where) for where in placed] == [(3, True, 0.45), (3, False, 0.55), None]

    def test_a_face_between_two_people_is_nobody_s_for_sure(self) -> None:
        (placed,) = place(faces(at(0.405)), owned(at(0, 0.8), [1, 2]), THRESHOLDS)

        assert rounded(placed) == (2, False, 0.395)

    def test_a_person_is_as_far_as_the_three_nearest_faces_on_average(self) -> None:
        known = owned(at(0.1, 0.2, 0.3, 40), [1, 1, 1, 1])

        (placed,) = place(faces(at(0)), known, THRESHOLDS)

        assert placed is not None
        assert placed.distance == pytest.approx(0.2, abs=1e-4)

    def test_the_nearest_face_of_a_photo_gets_the_person(self) -> None:
        known = owned(at(0), [1])

        placed = place(faces(at(0.3, 0.1), photos=[7, 7]), known, THRESHOLDS)

        assert [where and where.person for where in placed] == [None, 1]

    def test_who_is_on_the_photo_by_then_is_not_there_twice(self) -> None:
        known = owned(at(0, 0), [1, 1], photos=[7, 8])

        assert place(faces(at(0.1), photos=[7]), known, THRESHOLDS) == [None]

    def test_a_face_that_is_no_core_draws_nobody(self) -> None:
        known = owned(at(0, 9), [1, 1], is_core=[False, True])

        assert place(faces(at(0.1)), known, THRESHOLDS) == [None]


class TestSuggestMerges:
    def test_two_heaps_of_one_person_are_proposed_nearest_first(self) -> None:
        known = owned(at(0, 0.5, 1.05, 9), [5, 2, 8, 1])

        pairs = suggest_merges(known, THRESHOLDS)

        assert [(pair.first, pair.second) for pair in pairs] == [(2, 5), (2, 8)]
        assert suggest_merges(known, THRESHOLDS, of_people={8})[0][:2] == (2, 8)

    def test_never_who_was_declared_distinct_or_shares_a_photo(self) -> None:
        known = owned(at(0, 0.5, 1.05), [5, 2, 8], photos=[1, 1, 2])

        assert suggest_merges(known, THRESHOLDS, distinct={(8, 2)}) == []


class TestSuggestSplit:
    def test_a_heap_of_two_people_is_told_from_one_of_one(self) -> None:
        two = make_people(2, each=4)

        assert suggest_split(two, THRESHOLDS) == ([0, 1, 2, 3], [4, 5, 6, 7])
        assert suggest_split(two[:4], THRESHOLDS) is None


class TestLinkage:
    @pytest.mark.parametrize("seed", range(3))
    def test_it_finds_what_the_plain_algorithm_finds(self, seed: int) -> None:
        vectors = make_people(8, each=6, seed=seed, spread=0.6)
        photos = np.arange(len(vectors)) // 2
        apart = [(0, 3), (20, 14)]

        found = group(vectors, cut=0.62, photos=photos, apart=apart)

        assert found == plain_group(vectors, cut=0.62, photos=photos, apart=apart)

    def test_a_full_dendrogram_has_one_merge_less_than_it_has_leaves(self) -> None:
        vectors = make_people(3, each=4)

        assert len(link(distances(vectors, vectors))) == 11


def plain_group(
    vectors: Vectors, *, cut: float, photos: np.ndarray, apart: list[tuple[int, int]]
) -> list[list[int]]:
    """Merge the nearest two as long as they are near enough, looking at every pair each time."""
    between = distances(vectors, vectors).astype(np.float64)
    between[photos[:, None] == photos] = np.inf
    for one, other in apart:
        between[one, other] = between[other, one] = np.inf
    clusters = [[n] for n in range(len(vectors))]
    while True:
        ranked = [
            (between[np.ix_(a, b)].mean(), i, j)
            for i, a in enumerate(clusters)
            for j, b in enumerate(clusters[:i])
        ]
        if not ranked or min(ranked)[0] > cut:
            return sorted(sorted(cluster) for cluster in clusters)
        _, i, j = min(ranked)
        clusters[j] += clusters.pop(i)
