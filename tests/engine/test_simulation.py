"""simulate: its clock, its arguments, and the same times in every run."""

import asyncio
import random
import time
from itertools import pairwise
from pathlib import Path
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

ROOT = Path(__file__).parents[2]


def now() -> float:
    """The clock of the loop that runs."""
    return asyncio.get_running_loop().time()


async def an_hour() -> float:
    """Sleep for an hour, and say what the clock shows."""
    await asyncio.sleep(3600)
    return now()


def test_an_hour_takes_no_time_and_ends_on_the_second() -> None:
    """The clock starts at 0.0 and jumps, exactly."""
    began = time.monotonic()
    assert simulate(an_hour) == 3600.0
    assert time.monotonic() - began < 5


def test_the_clock_is_exact_however_small_or_large_the_steps() -> None:
    """No resolution rounds a moment, and none ends early."""

    async def main() -> list[float]:
        times = [now()]
        for seconds in (1e-9, 0.1, 1.0, 1e7):
            await asyncio.sleep(seconds)
            times.append(now())
        return times

    assert simulate(main) == [0.0, 1e-9, 1e-9 + 0.1, 1e-9 + 0.1 + 1.0, 1e-9 + 0.1 + 1.0 + 1e7]


def test_timers_for_one_moment_go_off_in_the_order_in_which_they_were_set() -> None:
    """asyncio leaves that open; figures that are the same in every run need it."""

    async def main() -> list[int]:
        woken: list[int] = []
        loop = asyncio.get_running_loop()
        for number in range(50):
            loop.call_at(1.0 if number % 2 else 0.0, woken.append, number)
        await asyncio.sleep(1)
        return woken

    assert simulate(main) == [*range(0, 50, 2), *range(1, 50, 2)]


def test_moments_that_nearly_meet_stay_apart() -> None:
    """No resolution of a clock lets a timer go off early."""

    async def main() -> list[float]:
        seen: list[float] = []
        for moment in (1 + 1e-9, 1.0, 1 + 1e-12):
            asyncio.get_running_loop().call_at(moment, lambda: seen.append(now()))
        await asyncio.sleep(2)
        return seen

    assert simulate(main) == [1.0, 1 + 1e-12, 1 + 1e-9]


def test_timeouts_and_cancelled_timers_work_on_the_clock() -> None:
    """Thousands of timers that are cancelled neither go off nor stay."""

    async def main() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        for _ in range(5_000):
            async with asyncio.timeout(1000):
                await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.sleep(3)
        return now(), len(loop._scheduled)  # type: ignore[attr-defined]

    ended, kept = simulate(main)
    assert ended == pytest.approx(7.0)
    assert kept < 500


def test_a_moment_that_is_no_number_is_refused() -> None:
    """It would spoil the order of all timers."""

    async def main() -> None:
        asyncio.get_running_loop().call_later(float("nan"), print)

    with pytest.raises(ValueError, match=r"^a timer needs a moment in seconds, got nan$"):
        simulate(main)


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


def test_a_callback_that_raises_is_reported_and_the_loop_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As in every loop of asyncio."""

    async def main() -> float:
        asyncio.get_running_loop().call_later(1, int, "x")
        return await an_hour()

    assert simulate(main) == 3600.0
    assert "Exception in callback" in caplog.text
    assert "invalid literal for int()" in caplog.text


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
