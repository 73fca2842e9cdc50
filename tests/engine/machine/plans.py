"""Strategies that generate plans for the machine."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from event_collector import Delivery, QueueType
from tests.engine.machine.plan import (
    KEYS,
    LIFECYCLES,
    THEN,
    TOPICS,
    Change,
    Doing,
    Pause,
    Place,
    Plan,
    Release,
    Resume,
    Send,
    Settle,
    Sleep,
    Start,
    Step,
    StepOn,
    Stop,
    Turns,
    WaitForAll,
)

some_keys = st.lists(st.sampled_from(KEYS), max_size=3).map(tuple)
some_topics = st.lists(st.sampled_from(TOPICS), max_size=2).map(tuple)
cancelled = st.sampled_from([0, 0, 0, 1, 2, 3, 6])
seconds = st.sampled_from([0.0, 0.0, 0.3, 0.7, 2.0])


def doings(then: Iterable[str]) -> st.SearchStrategy[Doing]:
    return st.builds(
        Doing,
        st.integers(0, 3),
        seconds,
        st.sampled_from([0.0, 0.0, 0.0, 0.0015, 0.2]),
        st.sampled_from(tuple(then)),
    )


def sends(then: Iterable[str]) -> st.SearchStrategy[Send]:
    return st.builds(
        Send,
        st.sampled_from(["bare", "awaited", "nowait", "cancelled"]),
        st.sampled_from(Delivery),
        some_keys,
        some_topics,
        st.sampled_from([None, 0, 1, 2000]),
        st.one_of(st.just({}), st.dictionaries(st.sampled_from(KEYS), doings(then), min_size=2)),
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 5]), max_size=3).map(tuple),
    )


def places(lifecycles: Iterable[str]) -> st.SearchStrategy[Place]:
    return st.builds(
        Place,
        st.sampled_from(KEYS),
        some_topics,
        st.sampled_from([None, None, 0.5, 1.0]),
        st.sampled_from([None, None, 1, 2]),
        st.sampled_from(tuple(lifecycles)),
        st.sampled_from([False, False, True]),
        st.sampled_from([None, None, None, 1, 2, 4]),
        st.sampled_from([None, 0.0, 0.5]),
    )


sending = sends(THEN)
changing = st.builds(
    Change, st.sampled_from(["add", "replace", "remove"]), places(LIFECYCLES), cancelled
)
pausing = st.sampled_from([Pause(), StepOn(), StepOn(2), Resume(), Pause(), StepOn(3)])
waiting = st.one_of(
    st.builds(Settle, st.sampled_from([0.0, 0.4, 1.0, 5.0]), cancelled),
    st.builds(WaitForAll, cancelled),
)
stopping = st.one_of(st.builds(Stop, cancelled), st.builds(Start, cancelled))
passing = st.sampled_from(
    [Turns(), Turns(2), Turns(5), Release(), Sleep(0.1), Sleep(0.55), Sleep(1.5)]
)


@st.composite
def plans(draw: st.DrawFn, *kinds: st.SearchStrategy[Any]) -> Plan:
    """Plans with steps of these kinds; one that is given more often occurs more often."""
    starting = [one for one in LIFECYCLES if one != "fails to enter"]
    few = draw(st.sampled_from([0, 1, 2, 3]))
    some = st.lists(places(starting), min_size=few, max_size=3, unique_by=lambda one: one.key)
    step: st.SearchStrategy[Step] = st.sampled_from(kinds).flatmap(lambda kind: kind)
    some_steps = st.lists(step, max_size=8)  # in lists of lists there are more on average
    shutdown_timeout = draw(st.sampled_from([None, 0, 0.5, 4.0]))
    return Plan(
        tuple(draw(some)),
        tuple(step for several in draw(st.lists(some_steps, max_size=6)) for step in several),
        draw(st.sampled_from(["simple", "simple", "own route", "own dispatch"])),
        draw(st.sampled_from(QueueType)),
        draw(st.integers(0, 1)),
        draw(st.integers(1, 4)),
        draw(st.sampled_from([None, None, 1, 2, 3])),
        shutdown_timeout,
        shutdown_timeout is None or draw(st.booleans()),
        draw(cancelled),
        draw(st.booleans()),
    )
