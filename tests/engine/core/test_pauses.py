"""Pauses of the interpreter are put down to no processor."""

import gc
import time
from typing import Any

import pytest

from event_collector import Collector, Context, Payload
from event_collector._core.pauses import KEPT, PAUSES, SHORTEST, Pauses
from event_collector._core.watch import BLOCKED
from tests.support import in_loop, outcome, queue_of

TRIES = 10
"""How often it is tried: a machine that stands still meanwhile looks like a processor that does."""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def collection(pauses: Pauses, clock: Clock, seconds: float) -> None:
    """A collection of garbage takes so long."""
    pauses("start", {"generation": 2})
    clock.now += seconds
    pauses("stop", {"generation": 2})


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [(0, 10, 3), (1, 10, 3), (2, 10, 2), (2, 3, 1), (5, 10, 0), (0, 1, 0), (0, 7, 3)],
)
def test_as_much_of_a_pause_counts_as_lies_within(
    since: float, until: float, seconds: float
) -> None:
    """It is one from 1 to 4; a very short one is forgotten."""
    clock = Clock()
    pauses = Pauses(clock)
    clock.now = 1
    collection(pauses, clock, 3)
    collection(pauses, clock, SHORTEST / 2)
    assert pauses.within(since, until) == pytest.approx(seconds)


def test_the_latest_are_remembered() -> None:
    """And no more, however long the process lives; a stop without a start is nothing."""
    clock = Clock()
    pauses = Pauses(clock)
    pauses("stop", {"generation": 2})
    for _ in range(2 * KEPT):
        collection(pauses, clock, 1)
    assert pauses.within(0, clock.now) == KEPT


def slow(phase: str, info: dict[str, Any]) -> None:
    """Makes a collection of garbage take longer than a processor may hold the loop."""
    if phase == "start":
        time.sleep(1.5 * BLOCKED)


@in_loop
async def test_a_processor_is_not_blamed_for_a_collection_of_garbage() -> None:
    """It goes through all objects of the process, and strikes whoever makes the next one."""

    async def unlucky(payload: Payload[Any], ctx: Context) -> Any:
        gc.callbacks.append(slow)
        try:
            gc.collect()
        finally:
            gc.callbacks.remove(slow)

    blamed = []
    for _ in range(TRIES):
        async with queue_of(Collector("unlucky", unlucky)) as queue:
            await outcome(queue, Payload(1))
            blamed.append(bool(queue.metrics().blocking))
        if not blamed[-1]:
            break
    assert not blamed[-1]


@in_loop
async def test_what_it_does_itself_beside_a_collection_is_named_still() -> None:
    """The pause alone is left out."""

    async def guilty(payload: Payload[Any], ctx: Context) -> Any:
        gc.callbacks.append(slow)
        try:
            gc.collect()
        finally:
            gc.callbacks.remove(slow)
        time.sleep(2 * BLOCKED)  # noqa: ASYNC251 - what must not be done

    async with queue_of(Collector("guilty", guilty)) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().blocking["guilty"] >= 2 * BLOCKED


@in_loop
async def test_the_interpreter_tells_once_however_many_queues_there_are() -> None:
    """Each queue asks for it."""
    for _ in range(3):
        async with queue_of():
            pass
    assert gc.callbacks.count(PAUSES) == 1
