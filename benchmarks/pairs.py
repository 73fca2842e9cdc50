"""Pairs: the values of two engines in the same round, and what their ratios tell."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

CONFIDENCE = 0.95
"""How likely it is, at least, that an interval holds the median which endless rounds would have."""
FEWEST_PAIRS = 6
"""With fewer, not even the least and the most of the ratios make an interval of that confidence."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our engine's values to another's, by the ratios of the rounds."""

    ratios: tuple[float, ...]
    """Ours to the other's, one per round that has both; at least one."""
    more_is_better: bool
    """Whether a ratio above 1 is a better one."""

    @property
    def median(self) -> float:
        """What the comparison goes by: the median of the rounds' own ratios."""
        return statistics.median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which ratios the median is to be expected; its spread."""
        rank = interval_rank(len(self.ratios))
        ordered = sorted(self.ratios)
        return ordered[rank - 1], ordered[-rank]

    @property
    def slowdown(self) -> float:
        """The share by which ours is worse; below 0 if it is better."""
        return 1 - self.median if self.more_is_better else self.median - 1

    @property
    def within_spread(self) -> bool:
        """Whether the interval also holds that nothing has changed; so it does for one round."""
        low, high = self.interval
        return len(self.ratios) == 1 or low <= 1 <= high

    @property
    def is_enough(self) -> bool:
        """Whether there are enough rounds for an interval of the wanted confidence."""
        return len(self.ratios) >= FEWEST_PAIRS

    def is_slower(self, tolerance: float) -> bool:
        """Whether ours is worse by more than a share, and by more than its spread."""
        return self.is_enough and self.slowdown > tolerance and not self.within_spread


def compare(
    ours: Iterable[float | None], others: Iterable[float | None], *, more_is_better: bool
) -> Comparison | None:
    """Compare round by round; None if no round has a value of both."""
    ratios = tuple(
        one / other
        for one, other in zip(ours, others, strict=True)
        if one is not None and other is not None and other > 0
    )
    return Comparison(ratios, more_is_better) if ratios else None


def interval_rank(count: int) -> int:
    """The rank, from 1, of the value that begins the interval of the median; one like it ends it.

    The interval from the rank-th least to the rank-th most of independent values holds the median
    of what they are drawn from unless fewer than `rank` of them fall on one side of it, and each
    falls there like a coin. That needs no assumption about how the values are spread. See H. A.
    David and H. N. Nagaraja, Order Statistics, third edition, Wiley 2003, section 7.1. The
    narrowest interval with `CONFIDENCE` is taken; of fewer than `FEWEST_PAIRS` values, all.
    """
    rank = 1
    while 2 * (rank + 1) <= count and coverage(count, rank + 1) >= CONFIDENCE:
        rank += 1
    return rank


def coverage(count: int, rank: int) -> float:
    """How likely the interval from the rank-th least to the rank-th most holds the median."""
    outside = sum(math.comb(count, few) for few in range(rank))
    return 1 - math.ldexp(outside, 1 - count)
