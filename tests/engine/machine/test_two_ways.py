"""Two ways, one result: a consumer's fast path and its general one give the same, to the number."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import Delivery
from tests.engine.machine import Plan
from tests.engine.machine.plan import KEYS, Send, Sleep
from tests.engine.machine.plans import (
    changing,
    doings,
    passing,
    pausing,
    plans,
    sending,
    sends,
    stopping,
    waiting,
)
from tests.engine.machine.ways import CALM, WAYS, Way, calm, played

any_steps = plans(sending, sending, sending, sending, passing, waiting, changing, stopping, pausing)
to_one = st.builds(
    Send,
    st.sampled_from(["bare", "awaited", "nowait"]),
    st.just(Delivery.KEY),
    st.sampled_from(KEYS).map(tuple),
    priority=st.sampled_from([None, 0, 2000]),
    does=st.just({}) | st.fixed_dictionaries(dict.fromkeys(KEYS, doings(["ok", "ok", *CALM]))),
)
resting = st.sampled_from([Sleep(0.2), Sleep(1.5), Sleep(3.0)])
calm_steps = plans(to_one, to_one, sends(CALM), resting)

fast: Any = st.one_of(
    st.builds(
        replace,
        any_steps,
        router=st.just("simple"),
        max_queued=st.none(),
        carry_context=st.just(False),
    ),
    st.builds(calm, calm_steps),
)
"""Plans of which at least some events take the fast path; all ways fit to the second kind."""


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
@given(fast, st.sets(st.sampled_from(WAYS), max_size=2))
@settings(max_examples=50, deadline=None, database=None)
def test_what_must_make_no_difference_makes_none(way: Way, plan: Plan, others: set[Way]) -> None:
    """Decisions 12 to 21: the same ids, consumers, times, keys, results and counts."""
    plain = played(plan)
    assert played(plan, [way]) == plain
    if others:
        assert played(plan, [one for one in WAYS if one in others or one is way]) == plain
