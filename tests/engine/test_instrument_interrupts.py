"""A KeyboardInterrupt in a hook reaches whoever sends or waits, and nothing is lost."""

import asyncio
import contextlib
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Instrument,
    Ok,
    Payload,
    QueueClosedError,
    Result,
)
from tests.support import (
    Interrupted,
    Log,
    Trace,
    VirtualTimeLoop,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    queue_of,
    run,
    settle,
    wait_a_turn,
)

EVENT_HOOKS = ["accepted", "taken", "begun", "ended", "finished"]


class Stop(KeyboardInterrupt):
    """A key that was pressed."""


class Struck(Instrument):
    """Whose hook of a name is interrupted once."""

    def __init__(self, name: str) -> None:
        self.left = 1

        def hook(*what: Any) -> None:
            if self.left:
                self.left -= 1
                raise Stop

        setattr(self, name, hook)


@pytest.mark.parametrize("processor", [echo, wait_a_turn])
@pytest.mark.parametrize("count", [1, 2], ids=["one collector", "two collectors"])
@pytest.mark.parametrize("hook", EVENT_HOOKS)
@in_loop
async def test_it_reaches_whoever_sends_or_waits(hook: str, count: int, processor: Any) -> None:
    """Every event is done all the same, and the other instruments are told of everything."""
    before, after = Trace(), Trace()
    queue = queue_of(*(Collector(f"{number}", processor) for number in range(count)))
    for one in (before, Struck(hook), after):
        queue.add_instrument(one)
    publisher = queue.get_publisher()
    async with queue:
        with pytest.raises(Stop):
            await (await publisher.send(Payload(1))).wait()
        await publisher.send_nowait(Payload(2)).wait()
        await publisher.wait()
        now = queue.metrics()
        assert (now.accepted, now.finished, now.in_service) == (2, 2, 0)
    assert before.told == after.told
    assert [told[0] for told in before.of("finished")] == [1, 2]
    assert len(before.of("begun")) == len(before.of("ended"))


@pytest.mark.parametrize("hook", EVENT_HOOKS[1:])
def test_nobody_waits_and_it_reaches_the_loops_runner(hook: str) -> None:
    """As that of a processor; the queue and the loop work afterwards."""
    queue = queue_of(Collector("a", wait_a_turn), max_consumers=1)
    queue.add_instrument(Struck(hook))

    async def send() -> None:
        await queue.init_queue()
        for value in range(3):
            queue.get_publisher().send_nowait(Payload(value))
        await settle()
        await asyncio.Event().wait()

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        task = loop.create_task(send())
        with pytest.raises(Stop):
            loop.run_until_complete(task)
        loop.run_until_complete(queue.get_publisher().wait())
        assert queue.metrics().finished == 3
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(queue.shut_down_queue())


@in_loop
async def test_a_waiter_in_another_task_gets_that_of_finished() -> None:
    """Not only who drives the queue by waiting."""
    queue = queue_of(Collector("a", wait_a_turn))
    queue.add_instrument(Struck("finished"))
    async with queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        await asyncio.sleep(0)
        with pytest.raises(Stop):
            await event.wait()
        assert event.done


@pytest.mark.parametrize("at_work", [True, False])
@in_virtual_time
async def test_that_of_finished_in_a_forced_shutdown_keeps_no_event_from_its_end(
    at_work: bool,
) -> None:
    """All are cut off, and it is passed on at once, not when the queue is started again."""
    passed_on: list[BaseException] = []
    collector = Collector("a", forever, max_concurrency=1)
    queue = queue_of(collector, max_consumers=1, shutdown_timeout=1)
    trace = Trace()
    for one in (Struck("finished"), Interrupted(passed_on), trace):
        queue.add_instrument(one)
    # Its only place is taken by somebody else: all events are parked, and no consumer is at work.
    elsewhere = None if at_work else asyncio.create_task(collector.process(Payload(0)))
    await settle()
    async with queue:
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(4)]
    await settle()
    assert all(event.done for event in events)
    assert sorted(told[0] for told in trace.of("finished")) == [1, 2, 3, 4]
    assert [type(one) for one in passed_on] == [Stop]
    if elsewhere is not None:
        elsewhere.cancel()
        await asyncio.wait([elsewhere])


def test_that_of_finished_for_what_a_closed_loop_left_reaches_who_finds_it_out() -> None:
    """The next call raises it; every event is done, and the one after that works."""
    queue = queue_of(Collector("a", echo))
    queue.add_instrument(Struck("finished"))

    async def leave() -> None:
        await queue.init_queue()
        queue.pause()
        for value in range(3):
            queue.get_publisher().send_nowait(Payload(value))

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(leave())
    with pytest.raises(Stop):
        asyncio.run(queue.init_queue())
    assert queue.metrics().finished == 3

    async def again() -> None:
        async with queue:
            await queue.get_publisher().send_nowait(Payload(1)).wait()

    run(again())
    assert queue.metrics().finished == 4


def test_that_of_accepted_reaches_a_thread_that_sends() -> None:
    """Its Future holds it, and nobody waits for ever; the event is done."""
    queue = queue_of(Collector("a", echo))
    queue.add_instrument(Struck("accepted"))
    with contextlib.closing(VirtualTimeLoop()) as loop:
        loop.run_until_complete(queue.init_queue())
        future = queue.get_publisher().send_threadsafe(Payload(1))
        with pytest.raises(Stop):
            loop.run_until_complete(settle())
        loop.run_until_complete(queue.shut_down_queue())
        loop.run_until_complete(settle())
    assert isinstance(future.exception(timeout=0), Stop)
    assert queue.metrics().finished == 1


def _stopping() -> CollectorQueue:
    async def stop(payload: Any, ctx: Any) -> Any:
        await asyncio.sleep(0)
        raise Stop

    return queue_of(Collector("a", stop))


@in_loop
async def test_interrupted_gets_what_nobody_waits_for() -> None:
    """With such a hook it counts as handled, and the loop goes on; all such hooks are told."""
    kept: list[BaseException] = []
    queue = _stopping()
    queue.add_instrument(Interrupted(kept))
    queue.add_instrument(Interrupted(kept))
    async with queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        await settle()
        assert event.done
    assert [type(one) for one in kept] == [Stop, Stop]


@in_loop
async def test_interrupted_is_not_told_of_what_a_waiter_gets() -> None:
    """Whoever waits gets it, as without the hook."""
    kept: list[BaseException] = []
    queue = _stopping()
    queue.add_instrument(Interrupted(kept))
    async with queue:
        with pytest.raises(Stop):
            await queue.get_publisher().send(Payload(1)).wait()
        await settle()
    assert kept == []


def test_without_interrupted_it_is_raised_in_the_loop() -> None:
    """Other hooks do not make it handled; nor does one that was removed."""
    queue = _stopping()
    gone = Interrupted([])
    queue.add_instrument(gone)
    queue.add_instrument(Trace())
    queue.remove_instrument(gone)

    async def main() -> None:
        async with queue:
            queue.get_publisher().send_nowait(Payload(1))
            await asyncio.Event().wait()

    with pytest.raises(Stop):
        run(main())


@pytest.mark.parametrize("hook", ["collectors_changed", "loop_turn", "interrupted"])
def test_it_passes_from_the_other_hooks_too(hook: str) -> None:
    """From `collectors_changed` to who makes the change, from the others to the loop's runner."""
    queue = queue_of(Collector("a", wait_a_turn))
    if hook == "interrupted":
        queue = _stopping()
    queue.add_instrument(Struck(hook))

    async def main() -> None:
        await queue.init_queue()
        if hook == "collectors_changed":
            await queue.add(Collector("b", echo))
        queue.get_publisher().send_nowait(Payload(1))
        await settle()

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        task = loop.create_task(main())
        with pytest.raises(Stop):
            loop.run_until_complete(task)
        if hook == "collectors_changed":
            assert list(queue.collectors) == ["a", "b"]
        else:
            loop.run_until_complete(task)
        loop.run_until_complete(queue.shut_down_queue())
        with pytest.raises(QueueClosedError):
            queue.get_publisher().send_nowait(Payload(1))
    now = queue.metrics()
    assert now.accepted == now.finished


@pytest.mark.parametrize("change", ["remove", "replace"])
@in_loop
async def test_that_of_collectors_changed_leaves_no_lifecycle_open(change: str) -> None:
    """The collector that goes has its lifecycle left, then it is raised."""
    log = Log()
    async with queue_of(log.collector("a")) as queue:
        queue.add_instrument(Struck("collectors_changed"))
        with pytest.raises(Stop):
            await (queue.remove("a") if change == "remove" else queue.replace(Collector("a", echo)))
        assert log == ["+a", "-a"]


@in_loop
async def test_one_that_nobody_waits_for_goes_to_the_hook_and_not_to_another_waiter() -> None:
    """It counts as handled, although somebody waits for another event at that moment."""

    async def process(payload: Payload[int], ctx: Context) -> Result:
        if payload.value == 1:
            raise Stop
        return Ok(payload.value)

    handled: list[BaseException] = []
    queue = queue_of(Collector("a", process), max_consumers=1)
    queue.add_instrument(Interrupted(handled))
    async with queue:
        publisher = queue.get_publisher()
        publisher.send_nowait(Payload(1))
        assert await publisher.send_nowait(Payload(2)).wait() == [Ok(2)]
    assert [type(one) for one in handled] == [Stop]


@pytest.mark.parametrize("heard", [False, True], ids=["alone", "and another hears of it"])
def test_an_interrupted_hook_that_raises_has_not_handled_the_interrupt(heard: bool) -> None:
    """It reaches the loop's runner, unless another instrument has heard of it."""
    kept: list[BaseException] = []

    class Broken(Instrument):
        def interrupted(self, exc: BaseException) -> None:
            raise ValueError

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        raise Stop

    async def send() -> None:
        async with queue:
            queue.get_publisher().send_nowait(Payload(1))
            await settle()

    queue = queue_of(Collector("a", stop))
    queue.add_instrument(Broken())
    if heard:
        queue.add_instrument(Interrupted(kept))
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        task = loop.create_task(send())
        with contextlib.nullcontext() if heard else pytest.raises(Stop):
            loop.run_until_complete(task)
        loop.run_until_complete(task)
    assert [type(one) for one in kept] == [Stop] * heard
