"""What is known of each engine without loading it: keys, thresholds, gates, weights, licences."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Distances (L2) between faces of one engine; never compare those of two.

    Attributes:
        accept: up to here a face is taken for a known person's without asking.
        suggest: up to here people are asked, of faces and of two people being one.
        link: average distance up to which unknown faces found a person of their own.
        margin: how much nearer the best person must be than the next, to be taken unasked.
    """

    accept: float
    suggest: float
    link: float
    margin: float
