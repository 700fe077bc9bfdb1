"""Average linkage over distances, with pairs that must stay apart; nothing but arrays."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Distances = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Pair = tuple[int, int]
# One step of a dendrogram: the two clusters that become one, each by a member, and how far apart.
Merge = tuple[int, int, float]

# Rows of one block of distances: with a hundred thousand columns it takes 200 MB.
BLOCK: Final = 512
_FAR: Final = np.float32(np.inf)


def distances(left: Vectors, right: Vectors) -> Distances:
    """Return the L2 distance of each vector of ``left`` to each of ``right``, (n, m)."""
    squares = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)
    between: Distances = np.sqrt(np.maximum(squares - 2 * (left @ right.T), 0)).astype(np.float32)
    return between


def group(
    vectors: Vectors, *, cut: float, photos: Numbers, apart: Iterable[Pair] = ()
) -> list[list[int]]:
    """Return clusters whose members are ``cut`` apart on average at most, singles included.

    Two faces of the same photo are never together, nor are the pairs of ``apart``. The clusters
    are those of the plain algorithm (merge the nearest two until they are farther than ``cut``):
    an average obeys that what is merged comes nearer to nothing, so chains of nearest neighbours
    find the same merges in quadratic time.
    """
    clusters: list[list[int]] = []
    forbidden = [tuple(sorted(pair)) for pair in apart]
    for members in _components(vectors, cut):
        # Farther apart than the cut, they could never be merged.
        if len(members) == 1:
            clusters.append(members)
            continue
        places = {member: place for place, member in enumerate(members)}
        chosen = np.array(members)
        matrix = distances(vectors[chosen], vectors[chosen])
        matrix[photos[chosen][:, None] == photos[chosen]] = _FAR
        for one, other in forbidden:
            if one in places and other in places:
                matrix[places[one], places[other]] = matrix[places[other], places[one]] = _FAR
        merges = link(matrix, cut=cut)
        clusters += [
            [members[place] for place in places_of] for places_of in _flatten(len(members), merges)
        ]
    return sorted(sorted(cluster) for cluster in clusters)


def split_in_two(vectors: Vectors) -> tuple[list[int], list[int], float]:
    """Return the two clusters that average linkage would merge last, and how far apart they are.

    ``vectors`` are two at least.
    """
    matrix = distances(vectors, vectors)
    merges = sorted(link(matrix), key=lambda merge: merge[2])
    first, second = _flatten(len(vectors), merges[:-1])
    return first, second, merges[-1][2]


def link(matrix: Distances, *, cut: float = float("inf")) -> list[Merge]:
    """Return the merges of average linkage up to ``cut``, in no particular order.

    Changes ``matrix``, whose pairs that must stay apart are infinitely far.
    """
    count = len(matrix)
    np.fill_diagonal(matrix, _FAR)
    sizes = np.ones(count, dtype=np.float32)
    is_open = np.ones(count, dtype=bool)
    merges: list[Merge] = []
    chain: list[int] = []
    while is_open.any():
        if not chain:
            chain.append(int(np.argmax(is_open)))
        last = chain[-1]
        nearest = int(np.argmin(matrix[last]))
        height = matrix[last, nearest]
        if len(chain) > 1 and matrix[last, chain[-2]] <= height:
            # Of several as near, go back: else a chain might never end.
            nearest = chain[-2]
        if not height <= cut or not np.isfinite(height):
            # What follows could only be farther away.
            is_open[last] = False
            matrix[last, :] = matrix[:, last] = _FAR
            chain.pop()
        elif len(chain) > 1 and nearest == chain[-2]:
            del chain[-2:]
            merges.append((nearest, last, float(height)))
            _merge(matrix, sizes, keep=nearest, gone=last)
            is_open[last] = False
        else:
            chain.append(nearest)
    return merges


def _merge(matrix: Distances, sizes: npt.NDArray[np.float32], *, keep: int, gone: int) -> None:
    """Make ``keep`` the union of the two: its distances are the averages over all pairs."""
    total = sizes[keep] + sizes[gone]
    merged = (matrix[keep] * sizes[keep] + matrix[gone] * sizes[gone]) / total
    merged[keep] = merged[gone] = _FAR
    matrix[keep, :] = matrix[:, keep] = merged
    matrix[gone, :] = matrix[:, gone] = _FAR
    sizes[keep] = total


def _components(vectors: Vectors, cut: float) -> Iterator[list[int]]:
    """Yield the groups between which no two vectors are within ``cut``."""
    left = np.arange(len(vectors))
    while len(left):
        members = frontier = left[:1]
        left = left[1:]
        while len(frontier) and len(left):
            near = distances(vectors[frontier[:BLOCK]], vectors[left]) <= cut
            is_reached = near.any(axis=0)
            frontier = np.concatenate([frontier[BLOCK:], left[is_reached]])
            members = np.concatenate([members, left[is_reached]])
            left = left[~is_reached]
        yield sorted(members.tolist())


def _leader(leaders: list[int], place: int) -> int:
    while leaders[place] != place:
        leaders[place] = leaders[leaders[place]]
        place = leaders[place]
    return place


def _flatten(count: int, merges: Iterable[Merge]) -> list[list[int]]:
    leaders = list(range(count))
    for keep, gone, _ in merges:
        leaders[_leader(leaders, gone)] = _leader(leaders, keep)
    groups: dict[int, list[int]] = {}
    for place in range(count):
        groups.setdefault(_leader(leaders, place), []).append(place)
    return list(groups.values())
