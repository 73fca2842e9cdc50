"""The consumers: they grow with demand, keep to their bound, in the context of the start."""

import asyncio
import contextvars
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import (
    Collector,
    Context,
    Ok,
    Payload,
    QueueType,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    Gate,
    VirtualTimeLoop,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    run,
    tasks_but_keepers,
    until,
    virtual_loop,
    wait_a_turn,
)


@in_virtual_time
async def test_consumers_grow_at_once_to_their_bound_and_fall_back() -> None:
    """Decision 17: demand opens consumers up to max_consumers, idleness closes them."""
    gate = Gate()
    async with queue_of(Collector("a", gate), min_consumers=2, max_consumers=8) as queue:
        assert queue.metrics().consumers == 2
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(20)]
        await asyncio.sleep(0)
        assert len(gate.begun) == queue.metrics().consumers == 8
        assert [event.consumer for event in events[:9]] == [1, 2, 3, 4, 5, 6, 7, 8, None]
        gate.let_go(0)
        await until(lambda: len(gate.begun) == 9)
        assert queue.metrics().in_service == 8
        gate.open()
        await queue.get_publisher().wait()
        assert queue.metrics().consumers == 2
        assert max(event.consumer or 0 for event in events) == 8


@in_loop
async def test_an_idle_queue_holds_no_task() -> None:
    """Decision 17: consumers fall back when idle, also from nothing and to nothing."""
    async with queue_of(Collector("a", echo), min_consumers=0, max_consumers=3) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        await until(lambda: tasks_but_keepers() == {asyncio.current_task()})
        assert queue.metrics().consumers == 0
        assert await outcome(queue, Payload(2)) == [Ok(2)]


class _TimerCountingLoop(VirtualTimeLoop):
    timers = 0

    def call_at[*Ts](
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        self.timers += 1
        return super().call_at(when, callback, *args, context=context)


def test_an_idle_queue_does_not_poll() -> None:
    """Decision 17: no timer is set, and the loop does not come round while there is nothing."""

    async def main() -> tuple[int, int]:
        loop = virtual_loop()
        assert isinstance(loop, _TimerCountingLoop)
        timers = loop.timers
        async with queue_of(Collector("a", echo), shutdown_timeout=None) as queue:
            assert await outcome(queue, Payload(1)) == [Ok(1)]
            timers, turns = loop.timers - timers, loop.turns
            await asyncio.sleep(3600)
            return timers, loop.turns - turns

    timers, turns = run(main(), loop_factory=_TimerCountingLoop, timeout=1e6)
    assert timers == 0
    assert turns < 5


@in_loop
async def test_a_broadcast_keeps_its_consumer_until_its_last_collector() -> None:
    """Decision 17: max_consumers bounds the events in flight, whatever a collector does."""
    gate = Gate()
    async with queue_of(Collector("fast", echo), Collector("slow", gate), max_consumers=2) as queue:
        for value in range(5):
            queue.get_publisher().send(Payload(value))
        await until(lambda: len(gate.begun) == 2)
        assert queue.collectors["fast"].processed == 2
        gate.let_go(1)
        await until(lambda: gate.begun == [0, 1, 2])
        assert queue.collectors["fast"].processed == 3
        gate.open()


@in_virtual_time
async def test_collectors_of_a_broadcast_wait_side_by_side() -> None:
    """D: where one collector waits, the next begins; the results keep the collectors' order."""

    def after(seconds: float) -> Any:
        async def wait(payload: Payload[Any], ctx: Context) -> Result:
            await asyncio.sleep(seconds)
            return Ok(seconds)

        return wait

    collectors = [Collector(f"{seconds}", after(seconds)) for seconds in (3, 1, 0, 2)]
    async with queue_of(*collectors) as queue:
        event = await queue.get_publisher().send(Payload(1))
        results = await event.wait()
    assert (results.keys, results) == (["3", "1", "0", "2"], [Ok(3), Ok(1), Ok(0), Ok(2)])
    assert event.service_time == 3


@in_virtual_time
async def test_busy_consumers_let_others_have_their_turn() -> None:
    """Decision 17: processors that never wait share the loop; none of a thousand holds it up."""
    loop = virtual_loop()
    seen: list[int] = []

    async def compute(payload: Payload[int], ctx: Context) -> Result:
        loop.advance(0.0004)
        return Ok(None)

    async def heartbeat() -> None:
        while queue.metrics().finished < 1000:
            seen.append(queue.metrics().finished)
            await asyncio.sleep(0)

    async with queue_of(Collector("a", compute)) as queue:
        for value in range(1000):
            queue.get_publisher().send(Payload(value))
        await heartbeat()
    assert max(later - sooner for sooner, later in itertools.pairwise(seen)) <= 4


@in_loop
async def test_a_router_of_ones_own_decides_who_gets_what() -> None:
    """F: it gets each payload, dispatches as it likes, and its ResultList is the result."""

    async def last_first(router: Router, payload: Payload[Any]) -> ResultList:
        return await router.dispatch(payload, list(router.collectors.values())[::-1])

    collectors = [Collector("a", echo), Collector("b", wait_a_turn)]
    async with queue_of(*collectors, router=router_that(last_first)) as queue:
        results = await outcome(queue, Payload(3))
    assert (results.keys, results) == (["b", "a"], [Ok(3), Ok(3)])


variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_consumers_run_in_the_context_of_the_start(count: int) -> None:
    """Decision 22: not in that of whichever sender woke them, or of who waits."""

    async def read(payload: Payload[Any], ctx: Context) -> Result:
        before = variable.get()
        await asyncio.sleep(0)
        return Ok((before, variable.get()))

    variable.set("start")
    async with queue_of(*(Collector(f"{n}", read) for n in range(count))) as queue:
        variable.set("sender")
        results = [await outcome(queue, Payload(1))]
        sent = await queue.get_publisher().send(Payload(1))
        await until(lambda: sent.done)
        assert sent.result is not None
        results.append(sent.result)
    assert results == [[Ok(("start", "start"))] * count] * 2


@pytest.mark.parametrize("suspends", [False, True])
@in_loop
async def test_what_a_processor_sets_stays_with_its_event(suspends: bool) -> None:
    """Decision 22: the next event of the same consumer begins in the context of the start."""

    async def change(payload: Payload[Any], ctx: Context) -> Result:
        before = variable.get()
        variable.set(f"event {payload.value}")
        if suspends:
            await asyncio.sleep(0)
        return Ok(before)

    variable.set("start")
    async with queue_of(Collector("a", change), max_consumers=1) as queue:
        sent = [queue.get_publisher().send_nowait(Payload(number)) for number in range(3)]
        await queue.get_publisher().wait()
    assert [event.result for event in sent] == [[Ok("start")]] * 3


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("suspends", [False, True])
@in_virtual_time
async def test_an_equal_value_that_a_processor_sets_stays_with_its_event_too(
    suspends: bool, count: int
) -> None:
    """Decision 22: it is another object, which may change later."""
    begin: list[int] = []

    async def change(payload: Payload[Any], ctx: Context) -> Result:
        found = variable.get()
        variable.set([])
        if suspends:
            await asyncio.sleep(0)
        return Ok(found is begin)

    variable.set(begin)
    places = [Collector(f"{n}", change) for n in range(count)]
    async with queue_of(*places, max_consumers=1) as queue:
        sent = [queue.get_publisher().send_nowait(Payload(number)) for number in range(3)]
        await queue.get_publisher().wait()
    assert [event.result for event in sent] == [[Ok(True)] * count] * 3


@given(
    st.lists(st.none() | st.integers(-3, 3), max_size=20),
    st.sampled_from(QueueType),
    st.integers(-3, 3),
)
@settings(max_examples=100, deadline=None, database=None)
def test_one_consumer_keeps_the_order_of_the_type(
    priorities: list[int | None], queue_type: QueueType, default: int
) -> None:
    """E, decision 20: FIFO, LIFO, or by priority with ties in the order of sending."""
    gate = Gate()

    async def main() -> None:
        queue = queue_of(
            Collector("a", gate), max_consumers=1, queue_type=queue_type, default_priority=default
        )
        async with queue:
            queue.get_publisher().send(Payload("first"))
            await until(lambda: gate.begun)
            for number, priority in enumerate(priorities):
                queue.get_publisher().send(Payload(number, priority=priority))
            gate.open()

    run(main())
    numbers = list(range(len(priorities)))
    by_priority = sorted(
        numbers, key=lambda n: default if (given := priorities[n]) is None else given
    )
    expected = {
        QueueType.FIFO: numbers,
        QueueType.LIFO: numbers[::-1],
        QueueType.PRIORITY: by_priority,
    }
    assert gate.ended == ["first", *expected[queue_type]]


@in_loop
async def test_numbers_of_consumers_stay_within_the_bound_when_they_end_out_of_order() -> None:
    """Decision 17: a number is given again only when its consumer has ended."""
    gates = [Gate() for _ in range(3)]
    collectors = [Collector(f"{n}", gate) for n, gate in enumerate(gates)]

    class Turns(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return [self.collectors[f"{payload.value % 3}"]]

    async with queue_of(*collectors, max_consumers=3, router=Turns) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(3)]
        await until(lambda: queue.metrics().in_service == 3)
        gates[0].open()
        await until(lambda: events[0].done)
        events += [queue.get_publisher().send_nowait(Payload(n)) for n in (1, 2, 1)]
        await until(lambda: queue.metrics().in_service == 3)
        numbers = [event.consumer for event in events if not event.done]
        assert sorted(number for number in numbers if number) == [1, 2, 3]
        assert queue.metrics().queued == 2
        for gate in gates:
            gate.open()
        await queue.get_publisher().wait()


@in_loop
async def test_one_collector_does_not_see_what_another_has_set() -> None:
    """Decision 22: not even a value that cannot be compared."""

    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = None  # type: ignore[assignment]

    async def change(payload: Payload[Any], ctx: Context) -> Result:
        before = variable.get()
        variable.set(Odd())
        return Ok(before)

    variable.set(Odd())
    start = variable.get()
    async with queue_of(Collector("a", change), Collector("b", change)) as queue:
        results = [await outcome(queue, Payload(number)) for number in range(3)]
    assert all(result.unwrap() is start for each in results for result in each)
