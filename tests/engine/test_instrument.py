"""An Instrument is told of what happens in a queue: of everything, once, in order."""

import asyncio
import contextvars
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Error,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    Trace,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    queue_of,
    settle,
    wait_a_turn,
)

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Dispatching(Router):
    """A router that gives every payload to all, one way or another."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


class InAChild(Router):
    """The same in a task of its own."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await asyncio.create_task(self.dispatch(payload, self.collectors.values()))


class Processing(Router):
    """The same with `Collector.process`."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = [one.process(payload) for one in self.collectors.values()]
        return ResultList(await asyncio.gather(*every), keys=list(self.collectors))


class OwnRoute(SimpleRouter):
    """The default choice, made by a subclass."""

    def route(self, payload: Payload[Any]) -> Any:
        return super().route(payload)


ROUTERS = pytest.mark.parametrize(
    "router", [SimpleRouter, OwnRoute, Dispatching, InAChild, Processing]
)
CARRIES = pytest.mark.parametrize("carries", [False, True], ids=["its own context", "carried"])


@in_loop
async def test_the_hooks_tell_an_events_way_in_order() -> None:
    """From its acceptance to its results."""
    trace = Trace()
    queue = queue_of(Collector("a", echo))
    queue.add_instrument(trace)
    async with queue:
        await queue.get_publisher().send_nowait(Payload(7)).wait()
    assert trace.told == [
        ("accepted", 1, "queued"),
        ("taken", 1, 1),
        ("begun", 1, "a"),
        ("ended", 1, "a", "Ok(7)"),
        ("finished", 1, "ResultList([Ok(7)])"),
    ]


@ROUTERS
@CARRIES
@in_loop
async def test_each_processor_is_told_of_once_whatever_the_router_does(
    router: type[Router], carries: bool
) -> None:
    """`begun` and `ended` come in pairs, per event and collector, those that wait too."""
    trace = Trace()
    collectors = [
        Collector("a", echo),
        Collector("b", wait_a_turn, timeout=50),
        Collector("c", wait_a_turn, max_concurrency=1),
    ]
    queue = queue_of(*collectors, router=router, carry_context=carries)
    queue.add_instrument(trace)
    async with queue:
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(4)]
        await queue.get_publisher().wait()
    pairs = [(event.id, key) for event in events for key in "abc"]
    assert sorted(trace.of("begun")) == pairs
    assert sorted(told[:2] for told in trace.of("ended")) == pairs
    assert sorted(trace.of("finished")) == [(one.id, repr(one.peek())) for one in events]
    for number, event in enumerate(events):
        assert event.result == [Ok(number)] * 3


@ROUTERS
@CARRIES
@in_loop
async def test_begun_and_ended_are_called_in_the_processors_own_context(
    router: type[Router], carries: bool
) -> None:
    """What `begun` sets the processor sees, what that sets `ended` sees, and nobody else does."""
    seen: list[tuple[str, str]] = []

    class Setting(Instrument):
        def begun(self, event: CollectorEvent, collector: Collector) -> None:
            seen.append(("begun", VARIABLE.get()))
            VARIABLE.set(f"begun {event.id} {collector.key}")

        def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
            seen.append((f"ended {event.id} {collector.key}", VARIABLE.get()))

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        value = VARIABLE.get()
        VARIABLE.set(f"{value}, processed")
        return Ok(value)

    queue = queue_of(
        Collector("a", process),
        Collector("b", process, timeout=50),
        router=router,
        carry_context=carries,
        max_consumers=1,
    )
    queue.add_instrument(Setting())
    async with queue:
        events = [queue.get_publisher().send_nowait(Payload(None)) for _ in range(2)]
        await queue.get_publisher().wait()
    assert [one for one in seen if one[0] == "begun"] == [("begun", "unset")] * 4
    for event in events:
        assert event.result == [Ok(f"begun {event.id} {key}") for key in "ab"]
        for key in "ab":
            told = (f"ended {event.id} {key}", f"begun {event.id} {key}, processed")
            assert seen.count(told) == 1
    assert VARIABLE.get() == "unset"


@in_virtual_time
async def test_what_a_timeout_ends_is_told_with_its_error() -> None:
    """`ended` gets the result that the event gets."""
    trace = Trace()
    queue = queue_of(Collector("a", forever, timeout=1))
    queue.add_instrument(trace)
    async with queue:
        results = await queue.get_publisher().send_nowait(Payload(1)).wait()
    assert trace.of("ended") == [(1, "a", repr(results[0]))]
    assert isinstance(results.errors[0].exception, TimeoutError)


@in_virtual_time
async def test_a_processor_that_never_began_is_not_told_of() -> None:
    """It was cut off while it waited for a place under `max_concurrency`."""
    trace = Trace()
    slow = Collector("slow", forever, max_concurrency=1)
    queue = queue_of(slow, router=Dispatching, shutdown_timeout=1)
    queue.add_instrument(trace)
    async with queue:
        for value in range(2):
            queue.get_publisher().send_nowait(Payload(value))
    assert trace.of("begun") == [(1, "slow")]
    assert [told[:2] for told in trace.of("ended")] == [(1, "slow")]
    assert [told[0] for told in trace.of("finished")] == [1, 2]


@in_virtual_time
async def test_finished_comes_once_for_what_a_shutdown_cuts_off_or_gives_up() -> None:
    """In service, queued, and with a processor that does not let itself be cancelled."""
    trace = Trace()

    async def stubborn(payload: Payload[Any], ctx: Context) -> Result:
        while virtual.time() < 100:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                continue
        return Ok("too late")

    virtual = asyncio.get_running_loop()
    queue = queue_of(Collector("a", stubborn), max_consumers=2, shutdown_timeout=1)
    queue.add_instrument(trace)
    async with queue:
        for value in range(4):
            queue.get_publisher().send_nowait(Payload(value))
    assert sorted(told[0] for told in trace.of("finished")) == [1, 2, 3, 4]
    assert all("QueueClosedError" in told[1] for told in trace.of("finished"))
    await asyncio.sleep(300)
    assert len(trace.of("finished")) == 4
    assert len(trace.of("ended")) == 2


def test_finished_comes_once_for_what_a_closed_loop_has_left_behind() -> None:
    """It is found out when the queue is started again."""
    trace = Trace()
    queue = queue_of(Collector("a", forever), max_consumers=1)
    queue.add_instrument(trace)

    async def leave() -> None:
        await queue.init_queue()
        for value in range(3):
            queue.get_publisher().send_nowait(Payload(value))
        await settle()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    assert trace.of("finished") == []

    async def again() -> None:
        async with queue:
            pass

    asyncio.run(again())
    assert sorted(told[0] for told in trace.of("finished")) == [1, 2, 3]


@in_loop
async def test_finished_comes_once_for_an_undelivered_and_a_misrouted_event() -> None:
    """Nobody has processed them, and they are done all the same."""

    class Misrouting(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            if payload.value == "wrong":
                raise LookupError("no route")
            return []

    trace = Trace()
    queue = queue_of(Collector("a", echo), router=Misrouting)
    queue.add_instrument(trace)
    async with queue:
        queue.get_publisher().send_nowait(Payload("wrong"))
        queue.get_publisher().send_nowait(Payload(1))
    assert [told[0] for told in trace.of("taken")] == [1, 2]
    assert trace.of("finished") == [
        (1, "ResultList([Error(LookupError: no route)])"),
        (2, "ResultList([Ok(None)])"),
    ]


@pytest.mark.parametrize("asked", [False, True])
@in_loop
async def test_the_current_event_of_the_hooks_is_that_which_they_are_told_of(asked: bool) -> None:
    """Until it is done: there is none in `finished`, nor in `accepted`, which is the sender's."""
    seen: dict[str, CollectorEvent | None] = {}
    queue = queue_of(Collector("a", wait_a_turn))

    class Asking(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            seen["accepted"] = queue.current_event()

        def taken(self, event: CollectorEvent) -> None:
            seen["taken"] = queue.current_event()

        def begun(self, event: CollectorEvent, collector: Collector) -> None:
            seen["begun"] = queue.current_event()

        def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
            seen["ended"] = queue.current_event()

        def finished(self, event: CollectorEvent) -> None:
            seen["finished"] = queue.current_event()

    queue.add_instrument(Asking())
    async with queue:
        if asked:
            queue.current_event()
        event = queue.get_publisher().send_nowait(Payload(1))
    assert seen == {
        "accepted": None,
        "taken": event,
        "begun": event,
        "ended": event,
        "finished": None,
    }


@in_loop
async def test_a_processor_that_raises_generator_exit_is_told_of_to_its_end() -> None:
    """It is an Error as any other: only a loop that is gone ends a processor without a word."""

    async def exits(payload: Payload[Any], ctx: Context) -> Result:
        raise GeneratorExit

    trace = Trace()
    queue = queue_of(Collector("a", exits), Collector("b", echo))
    queue.add_instrument(trace)
    async with queue:
        results = await queue.get_publisher().send_nowait(Payload(1)).wait()
    assert isinstance(results[0], Error)
    assert [told[1] for told in trace.of("begun")] == ["a", "b"]
    assert [told[1] for told in trace.of("ended")] == ["a", "b"]
