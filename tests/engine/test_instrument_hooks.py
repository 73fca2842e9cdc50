"""Adding and removing an Instrument, its hooks, and one that raises."""

import asyncio
import logging
from collections import deque
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, CollectorQueue, Instrument, Ok, Payload
from event_collector._core.hooks import HOOKS
from tests.support import Gate, Trace, echo, in_loop, queue_of, settle, until, wait_a_turn

TO_THE_END = ["accepted", "taken", "begun", "ended", "finished"]
"""The hooks that are told of an event, in order."""


@in_loop
async def test_an_instrument_hears_all_of_an_event_or_nothing() -> None:
    """Added in the middle of one, it is told of the next."""
    queue = queue_of(Collector("a", wait_a_turn))
    trace = Trace()
    async with queue:
        early = queue.get_publisher().send_nowait(Payload(1))
        queue.add_instrument(trace)
        late = queue.get_publisher().send_nowait(Payload(2))
        await queue.get_publisher().wait()
        queue.remove_instrument(trace)
        queue.get_publisher().send_nowait(Payload(3))
    assert {told[1] for told in trace.told} == {late.id}
    assert early.done
    assert len(trace.told) == 5


@in_loop
async def test_a_removed_instrument_is_told_nothing_more() -> None:
    """Not even that a processor has ended, of which it was told that it began."""
    queue = queue_of(Collector("a", wait_a_turn))
    trace = Trace()
    queue.add_instrument(trace)
    async with queue:
        queue.get_publisher().send_nowait(Payload(1))
        await asyncio.sleep(0)
        assert trace.of("begun") == [(1, "a")]
        queue.remove_instrument(trace)
    assert trace.of("ended") == trace.of("finished") == []


@in_loop
async def test_a_change_within_a_hook_counts_from_the_next_event() -> None:
    """Whoever is told of an event is not disturbed by another's hook."""
    queue = queue_of(Collector("a", echo))
    last, new = Trace(), Trace()

    class Changing(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            queue.remove_instrument(self)
            queue.remove_instrument(last)
            queue.add_instrument(new)

    queue.add_instrument(Changing())
    queue.add_instrument(last)
    async with queue:
        queue.get_publisher().send_nowait(Payload(1))
        queue.get_publisher().send_nowait(Payload(2))
    assert [told[:2] for told in last.told] == [(hook, 1) for hook in TO_THE_END]
    assert [told[:2] for told in new.told] == [(hook, 2) for hook in TO_THE_END]


class Leaving(Trace):
    """Takes itself out of its queue in a hook, and puts itself in again if asked to."""

    def __init__(self, queue: CollectorQueue, hook: str, again: bool) -> None:
        super().__init__()
        self.waiting = True
        usual = getattr(self, hook)

        def leave(event: CollectorEvent, *what: Any) -> None:
            usual(event, *what)
            if self.waiting:
                self.waiting = False
                queue.remove_instrument(self)
                if again:
                    queue.add_instrument(self)

        setattr(self, hook, leave)


@pytest.mark.parametrize("again", [False, True], ids=["for good", "and comes again"])
@pytest.mark.parametrize("processor", [echo, wait_a_turn])
@pytest.mark.parametrize("hook", TO_THE_END)
@in_loop
async def test_an_instrument_removed_within_a_hook_hears_of_that_event_to_its_end(
    hook: str, processor: Any, again: bool
) -> None:
    """And of no other but those sent after it was added again; the queue is then as before."""
    queue = queue_of(Collector("a", processor), max_consumers=1)
    leaving = Leaving(queue, hook, again)
    async with queue:
        publisher = queue.get_publisher()
        queue.add_instrument(leaving)
        await publisher.send_all([Payload(1), Payload(2)])
        await publisher.wait()
        await publisher.send(Payload(3)).wait()
        if again:
            queue.remove_instrument(leaving)
        attendance, plain = queue._consumers.attendance, queue._consumers.queued.plain
        assert (attendance.inside, attendance.outside, plain) == (False, False, True)
        assert [name for name in HOOKS if getattr(attendance.hooks, name)] == []
    of_each = {
        number: [told[0] for told in leaving.told if told[1] == number] for number in (1, 2, 3)
    }
    accepted_before = [] if hook == "accepted" and not again else ["accepted"]
    assert of_each[1] == TO_THE_END
    assert of_each[2] == (TO_THE_END if hook == "accepted" and again else accepted_before)
    assert of_each[3] == (TO_THE_END if again else [])


@in_loop
async def test_one_that_is_removed_when_a_processor_begins_leaves_the_queue_on_its_fast_path() -> (
    None
):
    """When that event is done, though nobody had asked to be told of this."""
    queue = queue_of(Collector("a", echo))
    told: list[str] = []

    class Beginning(Instrument):
        def begun(self, event: CollectorEvent, collector: Any) -> None:
            told.append("begun")
            queue.remove_instrument(self)

        def ended(self, event: CollectorEvent, collector: Any, result: Any) -> None:
            told.append("ended")

    queue.add_instrument(Beginning())
    async with queue:
        events = await queue.get_publisher().send_all([Payload(1), Payload(2)])
        await until(lambda: events[-1].done)  # nobody waits: it would be a third way to its end
        assert told == ["begun", "ended"]
        assert not queue._consumers.attendance.inside
        assert queue._consumers.queued.plain


@in_loop
async def test_an_instrument_removed_within_a_hook_and_raising_afterwards_goes_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not told again of the event that it was still told of."""
    queue = queue_of(Collector("a", wait_a_turn))

    class Broken(Leaving):
        def ended(self, event: CollectorEvent, collector: Any, result: Any) -> None:
            raise ValueError

    broken = Broken(queue, "begun", again=False)
    queue.add_instrument(broken)
    async with queue:
        await queue.get_publisher().send(Payload(1)).wait()
    assert [told[0] for told in broken.told] == ["accepted", "taken", "begun"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("raised", [ValueError, asyncio.CancelledError])
@pytest.mark.parametrize("hook", [one for one in HOOKS if one != "interrupted"])
@in_loop
async def test_a_hook_that_raises_is_logged_and_its_instrument_goes(
    caplog: pytest.LogCaptureFixture, hook: str, raised: type[BaseException]
) -> None:
    """The whole of it, once; the queue, and the other instruments, go on."""
    calls: list[str] = []

    def broken(*what: Any) -> None:
        calls.append(hook)
        raise raised("a bad hook")

    bad, other = Instrument(), Trace()
    for name in HOOKS:
        setattr(bad, name, broken if name == hook else lambda *_, name=name: calls.append(name))
    queue = queue_of(Collector("a", echo), Collector("b", wait_a_turn))
    queue.add_instrument(bad)
    queue.add_instrument(other)
    with caplog.at_level(logging.ERROR, "event_collector"):
        async with queue:
            await queue.add(Collector("c", echo))
            queue.set_limits(max_queued=9)
            events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(3)]
            await asyncio.sleep(0)
            await queue.get_publisher().wait()
    assert [event.result for event in events] == [[Ok(value)] * 3 for value in range(3)]
    assert calls.count(hook) == 1
    assert calls[-1] == hook
    assert [record.getMessage() for record in caplog.records] == [
        "a hook of the instrument Instrument raised; it is told nothing more"
    ]
    assert caplog.records[0].exc_info
    assert len(other.of("finished")) == 3
    with pytest.raises(ValueError, match=r"^Instrument is not an instrument of this queue$"):
        queue.remove_instrument(bad)


@in_loop
async def test_a_hook_may_be_any_callable() -> None:
    """A C function, and an object that is false, among them."""

    class Keeping(list[int]):
        def __call__(self, event: CollectorEvent) -> None:
            self.append(event.id)

    class Mixed(Instrument):
        def __init__(self) -> None:
            self.kept: deque[CollectorEvent] = deque()
            self.accepted = self.kept.append
            self.ids = Keeping()
            self.finished = self.ids

    mixed = Mixed()
    queue = queue_of(Collector("a", echo))
    queue.add_instrument(mixed)
    async with queue:
        event = queue.get_publisher().send_nowait(Payload(1))
    assert list(mixed.kept) == [event]
    assert mixed.ids == [1]


def test_only_hooks_that_are_there_are_registered() -> None:
    """A queue asks nobody who has not said that he wants to know, and keeps its fast path."""
    queue = queue_of(Collector("a", echo))

    class Accepting(Instrument):
        taken = None  # type: ignore[assignment]

        def accepted(self, event: CollectorEvent) -> None: ...

    queue.add_instrument(Accepting())
    hooks = queue._consumers.hooks
    assert [name for name in HOOKS if getattr(hooks, name)] == ["accepted"]
    assert not queue._consumers.attendance.inside
    queue.add_instrument(trace := Trace())
    assert queue._consumers.attendance.inside
    queue.remove_instrument(trace)
    assert not queue._consumers.attendance.inside


@in_loop
async def test_collectors_changed_comes_with_each_change() -> None:
    """Added, replaced, removed; the change is made already when it is told."""
    seen: list[list[str]] = []
    queue = queue_of(Collector("a", echo))

    class Changes(Instrument):
        def collectors_changed(self) -> None:
            seen.append(list(queue.collectors))

    queue.add_instrument(Changes())
    await queue.add(Collector("b", echo))
    async with queue:
        await queue.add(Collector("c", echo))
        await queue.replace(Collector("c", echo))
        await queue.remove("b")
    assert seen == [["a", "b"], ["a", "b", "c"], ["a", "b", "c"], ["a", "c"]]


@in_loop
async def test_loop_turn_comes_with_each_share_and_not_when_idle() -> None:
    """After the consumers' share of a turn, not in turns with nothing to take or to finish."""
    told: list[tuple[int, int]] = []
    gate = Gate()
    queue: CollectorQueue = queue_of(Collector("a", gate))

    class Turning(Instrument):
        def loop_turn(self) -> None:
            told.append((queue.metrics().accepted, queue.metrics().finished))

    queue.add_instrument(Turning())
    async with queue:
        queue.resume()
        queue.set_limits(max_consumers=3)
        await settle()
        assert told == []
        queue.get_publisher().send_nowait(Payload(1))
        await settle()
        assert told == [(1, 0)]
        gate.open()
        await settle()
        assert told == [(1, 0), (1, 1)]


@pytest.mark.parametrize("way", ["burst", "one by one", "waited for in one go"])
@in_loop
async def test_loop_turn_comes_however_events_are_taken(way: str) -> None:
    """By the pump, by a consumer that goes on in its own turn, by whoever waits for an event."""
    turns = taken = 0
    queue = queue_of(Collector("a", wait_a_turn), max_consumers=1)

    def turned() -> None:
        nonlocal turns
        turns += 1

    def take(event: CollectorEvent) -> None:
        nonlocal taken
        taken += 1
        assert turns >= taken - 1  # each was taken in a turn of its own

    counting = Instrument()
    counting.loop_turn, counting.taken = turned, take
    queue.add_instrument(counting)
    async with queue:
        publisher = queue.get_publisher()
        if way == "burst":
            await publisher.send_all([Payload(value) for value in range(20)])
        for value in range(20 if way != "burst" else 0):
            event = await publisher.send(Payload(value))
            await (event.wait() if way == "waited for in one go" else publisher.wait())
        await publisher.wait()
        await settle()
    assert taken == 20
    assert 21 <= turns <= 40  # the last one is finished in a turn of its own, or each is


@in_loop
async def test_one_that_raised_leaves_the_queue_on_its_fast_path() -> None:
    """What is gone costs nothing any more."""

    class Broken(Instrument):
        def begun(self, event: CollectorEvent, collector: Any) -> None:
            raise ValueError

        finished = begun  # type: ignore[assignment]

    async with queue_of(Collector("a", echo)) as queue:
        queue.add_instrument(Broken())
        await queue.get_publisher().send_nowait(Payload(1)).wait()
        attendance = queue._consumers.attendance
        assert (attendance.inside, attendance.outside) == (False, False)
        assert queue._consumers.queued.plain
