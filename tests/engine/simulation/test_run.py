"""simulate: its arguments, its seed, and the same times in every run."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from event_collector.simulation import arrivals, exponential_times, send_at, simulate


def now() -> float:
    """The clock of the loop that runs."""
    return asyncio.get_running_loop().time()


async def an_hour() -> float:
    """Sleep for an hour, and say what the clock shows."""
    await asyncio.sleep(3600)
    return now()


def test_what_main_raises_comes_out() -> None:
    """The same exception object, with its traceback."""
    raised = LookupError("here")

    async def main() -> None:
        await asyncio.sleep(1)
        raise raised

    with pytest.raises(LookupError) as caught:
        simulate(main)
    assert caught.value is raised
    assert caught.traceback[-1].name == "main"


def no_coroutine() -> int:
    """An ordinary function."""
    return 3


async def needs_more(number: int) -> int:
    """An async function with an argument."""
    return number


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, "simulate() takes an async function, got int: 3; write 'async def main():' and"),
        (no_coroutine, "simulate() takes an async function, but main() returned int: 3; write"),
        (needs_more, "simulate() calls main() without arguments: missing a required argument"),
    ],
)
def test_what_is_no_async_function_is_refused(wrong: Any, message: str) -> None:
    """At once, with what to do."""
    with pytest.raises(TypeError) as caught:
        simulate(wrong)
    assert str(caught.value).startswith(message)


def test_a_coroutine_in_place_of_its_function_is_refused_and_closed() -> None:
    """The usual slip; it must not warn on top that the coroutine was never awaited."""
    wrong: Any = an_hour()
    with pytest.raises(TypeError, match=r"write simulate\(an_hour\), not simulate\(an_hour\(\)\)$"):
        simulate(wrong)
    assert wrong.cr_frame is None


def test_a_lambda_gives_main_its_arguments() -> None:
    """What the refusal advises works."""
    assert simulate(lambda: needs_more(4)) == 4


@pytest.mark.parametrize("wrong", [1.5, "1", True])
def test_a_seed_is_an_int(wrong: Any) -> None:
    """A bool is none."""
    with pytest.raises(TypeError, match=r"^seed must be an int or None, got "):
        simulate(an_hour, seed=wrong)


async def draw() -> list[float]:
    """Three numbers of the module's generator."""
    return [random.random() for _ in range(3)]


def test_a_seed_gives_the_same_random_numbers_and_leaves_no_trace() -> None:
    """The state of the global generator is put back, after an exception too."""

    async def fail() -> None:
        random.random()
        raise LookupError

    state = random.getstate()
    first, second, other = (simulate(draw, seed=seed) for seed in (1, 1, 2))
    with pytest.raises(LookupError):
        simulate(fail, seed=3)
    assert first == second != other
    assert random.getstate() == state


def test_without_a_seed_random_is_left_alone() -> None:
    """It goes on where it was."""
    state = random.getstate()
    drawn = simulate(draw)
    random.setstate(state)
    assert drawn == [random.random() for _ in range(3)]


type Times = list[tuple[float, float | None, float | None, int | None]]


def times_of_a_run(rate: float, consumers: int, queue_type: QueueType, seed: int) -> Times:
    """What happened to each of 60 events, by a History."""

    async def main() -> Times:
        services = exponential_times(1.0, seed)

        async def serve(payload: Payload[int], ctx: Context) -> Result:
            await asyncio.sleep(next(services) * random.random())
            return Ok(payload.value)

        queue = CollectorQueue(
            [Collector("serve", serve)],
            min_consumers=0,
            max_consumers=consumers,
            queue_type=queue_type,
        )
        with History(queue) as history:
            async with queue:
                await send_at(
                    queue.get_publisher(), arrivals(rate, 60, seed), map(Payload, range(60))
                )
        return [(e.accepted_at, e.taken_at, e.finished_at, e.consumer) for e in history]

    return simulate(main, seed=seed)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.1, 20), st.integers(1, 5), st.sampled_from(QueueType), st.integers(-(2**40), 2**40)
)
def test_two_runs_of_the_same_give_the_same_times(
    rate: float, consumers: int, queue_type: QueueType, seed: int
) -> None:
    """The law of the course: the same figures in every run."""
    first = times_of_a_run(rate, consumers, queue_type, seed)
    assert first == times_of_a_run(rate, consumers, queue_type, seed)
    assert len(first) == 60
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(first))


def test_nobody_is_blamed_for_time_that_only_the_clock_has_made() -> None:
    """A processor that sleeps for a virtual hour has not held the loop."""

    async def main() -> dict[str, float]:
        async def serve(payload: Payload[int], ctx: Context) -> Result:
            return Ok(await an_hour())

        queue = CollectorQueue([Collector("serve", serve)], min_consumers=0, max_consumers=3)
        async with queue:
            publisher = queue.get_publisher()
            await send_at(publisher, [0, 1, 1, 50, 5000], map(Payload, range(5)))
            await publisher.wait()
            return dict(queue.metrics().blocking)

    assert simulate(main) == {}


def test_awaited_sends_let_consumers_have_their_turn_at_a_single_moment() -> None:
    """No virtual time goes by, so no slice of time is ever over; turns are counted instead."""

    async def main() -> tuple[int, float]:
        async def serve(payload: Payload[int], ctx: Context) -> Result:
            return Ok(payload.value)

        queue = CollectorQueue([Collector("serve", serve)], min_consumers=0, max_consumers=3)
        most = 0
        async with queue:
            publisher = queue.get_publisher()
            for number in range(100_000):
                await publisher.send(Payload(number))
                most = max(most, queue.metrics().queued) if number % 100 == 0 else most
        return most, now()

    most, ended = simulate(main)
    assert most < 1000
    assert ended == 0.0
