"""The statistics of paired rounds: ratios, their interval, and what is called slower."""

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pairs import (
    CONFIDENCE,
    FEWEST_PAIRS,
    Comparison,
    compare,
    coverage,
    interval_rank,
)

positive = st.floats(0.01, 100)
ratios = st.lists(positive, min_size=1, max_size=40).map(tuple)
values = st.lists(st.tuples(positive | st.none(), positive | st.none()), max_size=30)


@given(st.integers(FEWEST_PAIRS, 200))
def test_the_interval_is_the_narrowest_with_its_confidence(count: int) -> None:
    """One rank further in, it would no longer hold the median as often as it should."""
    rank = interval_rank(count)
    assert coverage(count, rank) >= CONFIDENCE > coverage(count, rank + 1)
    assert rank <= count + 1 - rank


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (5, 1), (6, 1), (9, 2), (21, 6), (101, 41)])
def test_the_ranks_are_those_of_the_published_tables(count: int, rank: int) -> None:
    """The tables of the sign test have the same ranks; below six values all are taken."""
    assert interval_rank(count) == rank


@pytest.mark.parametrize("count", [5, 6, 9])
def test_the_confidence_is_what_counting_all_ways_gives(count: int) -> None:
    """Each value is below or above the median; the interval fails if too few are on one side."""
    rank = interval_rank(count)
    ways = list(itertools.product([0, 1], repeat=count))
    held = sum(rank <= sum(way) <= count - rank for way in ways)
    assert coverage(count, rank) == pytest.approx(held / len(ways))


@given(ratios, st.booleans())
def test_the_median_lies_in_its_interval(found: tuple[float, ...], more: bool) -> None:
    """Both ends are ratios that were measured."""
    comparison = Comparison(found, more)
    low, high = comparison.interval
    assert low <= comparison.median <= high
    assert {low, high} <= set(found)


@given(ratios, st.randoms(use_true_random=False))
def test_the_order_of_the_rounds_does_not_matter(found: tuple[float, ...], random: object) -> None:
    """Only the ratios count."""
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = Comparison(found, True), Comparison(tuple(shuffled), True)
    assert (one.median, one.interval) == (other.median, other.interval)


@given(values, st.booleans())
def test_only_rounds_with_both_values_are_compared(
    rounds: list[tuple[float | None, float | None]], more: bool
) -> None:
    """A round in which one failed has no ratio; without any there is nothing to compare."""
    ours, others = [one for one, _ in rounds], [other for _, other in rounds]
    both = [one / other for one, other in rounds if one is not None and other is not None]
    comparison = compare(ours, others, more_is_better=more)
    if not both:
        assert comparison is None
        return
    assert comparison is not None
    assert list(comparison.ratios) == both
    assert comparison.median == statistics.median(both)


def test_ratios_belong_to_rounds_not_to_medians() -> None:
    """A machine that gets slower over the rounds makes both engines slower, and no ratio."""
    ours, others = [100.0, 50.0, 10.0], [200.0, 100.0, 20.0]
    comparison = compare(ours, others, more_is_better=True)
    assert comparison is not None
    assert comparison.ratios == (0.5, 0.5, 0.5)


@given(ratios)
def test_a_rate_is_better_where_a_cost_is_worse(found: tuple[float, ...]) -> None:
    """The same ratios mean the opposite, by as much."""
    rate, cost = Comparison(found, True), Comparison(found, False)
    assert rate.slowdown == -cost.slowdown
    assert rate.within_spread == cost.within_spread


@given(st.lists(st.floats(0.5, 0.96), min_size=FEWEST_PAIRS, max_size=40).map(tuple))
def test_a_rate_that_is_lower_in_all_rounds_is_slower(found: tuple[float, ...]) -> None:
    """By more than 3 %, and by more than the spread, since no ratio reaches 1."""
    assert Comparison(found, True).is_slower(0.03)
    assert not Comparison(found, False).is_slower(0.03)


@given(ratios, st.booleans(), st.floats(0, 0.5))
def test_an_effect_within_its_spread_is_never_called_slower(
    found: tuple[float, ...], more: bool, tolerance: float
) -> None:
    """However large it is: the rounds contradict each other."""
    balanced = (*found, *(1 / ratio for ratio in found))
    assert Comparison(balanced, more).within_spread
    assert not Comparison(balanced, more).is_slower(tolerance)


def test_an_effect_up_to_the_tolerance_is_allowed() -> None:
    """Though it is certain: all rounds agree on 2 %."""
    steady = Comparison((1.02,) * 21, more_is_better=False)
    assert not steady.within_spread
    assert not steady.is_slower(0.03)
    assert steady.is_slower(0.01)


@pytest.mark.parametrize("count", range(1, FEWEST_PAIRS))
def test_too_few_rounds_call_nothing_slower(count: int) -> None:
    """Even if all of them agree."""
    assert not Comparison((0.5,) * count, more_is_better=True).is_slower(0.03)
