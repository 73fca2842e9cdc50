"""A History records a queue's events, the oldest going out first."""

import ast
import asyncio
import gc
import inspect
import re
import threading
import weakref
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, History, Instrument, Payload
from event_collector import history as history_module
from tests.support import in_loop


async def echo(payload: Payload[Any], ctx: Context) -> Any:
    """Give the value back."""
    return payload.value


def make_queue() -> CollectorQueue:
    """A queue with one collector."""
    return CollectorQueue([Collector("c", echo)], min_consumers=0, max_consumers=1)


async def send(queue: CollectorQueue, count: int) -> None:
    """Send so many payloads and wait for all."""
    async with queue:
        for number in range(count):
            queue.get_publisher().send(Payload(number))


def ids(history: History) -> list[int]:
    """The numbers of the kept events."""
    return [event.id for event in history]


def test_every_event_is_recorded_as_soon_as_it_is_accepted() -> None:
    """The events themselves are kept, so that each tells how far it is."""

    async def main() -> None:
        queue = make_queue()
        history = History(queue)
        async with queue:
            event = queue.get_publisher().send_nowait(Payload(1))
            assert list(history) == [event]
            assert [each.status for each in history] == ["queued"]
            await event.wait()
            assert [each.status for each in history] == ["done"]

    asyncio.run(main())


def test_a_history_knows_its_queue_and_does_not_keep_it() -> None:
    """Whoever draws a history asks what it is the history of."""
    queue = make_queue()
    history = History(queue)
    assert history.queue is queue
    gone = weakref.ref(queue)
    del queue
    gc.collect()
    assert gone() is None
    assert history.queue is None


def test_only_what_comes_from_now_on_is_recorded() -> None:
    """A History begins when it is made; several may record one queue."""
    queue = make_queue()
    first = History(queue)
    asyncio.run(send(queue, 2))
    second = History(queue)
    asyncio.run(send(queue, 1))
    assert ids(first) == [1, 2, 3]
    assert ids(second) == [3]


def test_the_oldest_go_out_first() -> None:
    """No more than `limit` events are kept."""
    queue = make_queue()
    history = History(queue, limit=3)
    asyncio.run(send(queue, 5))
    assert ids(history) == [3, 4, 5]
    assert len(history) == 3
    assert history.limit == 3
    assert repr(history) == "History(3 of at most 3 events)"


def test_latest_gives_the_newest_first() -> None:
    """As many as asked for, or as there are."""
    queue = make_queue()
    history = History(queue)
    asyncio.run(send(queue, 3))
    assert [event.id for event in history.latest(2)] == [3, 2]
    assert [event.id for event in history.latest(9)] == [3, 2, 1]
    assert history.latest(0) == []


def test_a_wrong_count_is_refused() -> None:
    """Decision 24: a negative number, or none."""
    history = History(make_queue())
    with pytest.raises(ValueError, match=r"^count must be >= 0, got -1$"):
        history.latest(-1)
    with pytest.raises(TypeError, match=r"^count must be an int, got float: 2\.0$"):
        history.latest(2.0)  # type: ignore[arg-type]


def test_a_place_gives_its_event() -> None:
    """0 is the oldest, -1 the newest: a window of rows needs no copy of a million."""
    queue = make_queue()
    history = History(queue, limit=3)
    asyncio.run(send(queue, 5))
    assert [history[place].id for place in (0, 1, 2, -1, -3)] == [3, 4, 5, 5, 3]
    with pytest.raises(IndexError, match=r"^the History has no event at 3, it has 3$"):
        history[3]
    with pytest.raises(TypeError, match=r"^a place in a History must be an int, got slice: slice"):
        history[0:1]  # type: ignore[index]


def test_after_gives_what_came_since() -> None:
    """The oldest first; all that is kept, for an event that is not."""
    queue = make_queue()
    history = History(queue, limit=3)
    asyncio.run(send(queue, 2))
    second = history[-1]
    assert history.after(second) == []
    assert [event.id for event in history.after(history[0])] == [2]
    assert [event.id for event in history.after(None)] == [1, 2]
    asyncio.run(send(queue, 2))
    assert [event.id for event in history.after(second)] == [3, 4]
    asyncio.run(send(queue, 1))
    assert [event.id for event in history.after(second)] == [3, 4, 5]
    history.clear()
    assert history.after(second) == []


def test_clear_forgets_and_goes_on() -> None:
    """What was recorded is gone, what comes is recorded."""
    queue = make_queue()
    history = History(queue)
    asyncio.run(send(queue, 2))
    history.clear()
    assert len(history) == 0
    asyncio.run(send(queue, 1))
    assert ids(history) == [3]


def test_a_closed_history_records_no_more() -> None:
    """What was recorded stays; closing twice is fine."""
    queue = make_queue()
    history = History(queue)
    asyncio.run(send(queue, 1))
    history.close()
    history.close()
    asyncio.run(send(queue, 1))
    assert ids(history) == [1]


def test_a_history_may_be_a_context_manager() -> None:
    """It records while it is entered; an exception passes."""
    queue = make_queue()
    with History(queue) as history:
        asyncio.run(send(queue, 1))
    asyncio.run(send(queue, 1))
    assert ids(history) == [1]
    with pytest.raises(KeyError), History(queue):
        raise KeyError
    assert queue._consumers.hooks.accepted == ()


def test_a_queue_does_nothing_for_a_history_that_is_closed_or_forgotten() -> None:
    """A queue that nobody records has no recorders."""
    queue = make_queue()
    closed, forgotten, kept = History(queue), History(queue), History(queue)
    assert len(queue._consumers.hooks.accepted) == 3
    closed.close()
    gc.disable()
    try:
        del forgotten
    finally:
        gc.enable()
    assert len(queue._consumers.hooks.accepted) == 1
    asyncio.run(send(queue, 1))
    assert ids(kept) == [1]


@pytest.mark.parametrize("how", ["closed", "forgotten"])
@in_loop
async def test_a_history_may_end_in_another_thread(how: str) -> None:
    """It records no more at once; the queue forgets it with its next event, in its own thread."""
    queue = make_queue()
    histories = [History(queue)]
    events = histories[0]._events
    async with queue:
        publisher = queue.get_publisher()
        await publisher.send(Payload(1)).wait()
        end = histories[0].close if how == "closed" else histories.clear
        thread = threading.Thread(target=end)
        thread.start()
        await asyncio.to_thread(thread.join)
        await publisher.send(Payload(2)).wait()
        assert [event.id for event in events] == [1]
        del end, events
        await publisher.send(Payload(3)).wait()
        assert queue._consumers.hooks.accepted == ()


def test_a_history_needs_public_names_only() -> None:
    """Whoever wants another kind of record can write it."""
    source = ast.parse(inspect.getsource(history_module))
    of_others = {
        node.attr
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr)
        if not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    assert of_others == set()


def test_a_history_can_be_gone_through_while_it_grows() -> None:
    """Going through it is a reading of that moment."""

    async def main() -> None:
        queue = make_queue()
        history = History(queue)
        async with queue:
            publisher = queue.get_publisher()
            publisher.send(Payload(1))
            seen = 0
            for _ in history:
                publisher.send(Payload(2))
                seen += 1
            assert (seen, len(history)) == (1, 2)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("limit", "error", "message"),
    [
        (0, ValueError, "limit must be >= 1, got 0"),
        (-1, ValueError, "limit must be >= 1, got -1"),
        (1.5, TypeError, "limit must be an int, got float: 1.5"),
    ],
)
def test_a_wrong_limit_is_refused(limit: Any, error: type[Exception], message: str) -> None:
    """Decision 24: refused, never clamped; and nothing is left in the queue."""
    queue = make_queue()
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        History(queue, limit)
    assert queue._consumers.hooks.accepted == ()


def test_only_a_queue_can_be_recorded() -> None:
    """Decision 24: what is not a CollectorQueue is refused."""
    with pytest.raises(TypeError, match=r"^a History records a CollectorQueue, got list$"):
        History([])  # type: ignore[arg-type]


class Holder:
    """Whatever holds a queue and its History."""

    def __init__(self) -> None:
        self.queue = make_queue()
        self.history = History(self.queue)


class HoldingInstrument(Instrument):
    """An instrument that does, as a recording may."""

    def __init__(self) -> None:
        self.queue = make_queue()
        self.history = History(self.queue)
        self.queue.add_instrument(self)

    def finished(self, event: Any) -> None: ...


def parts(holder: Any) -> list[weakref.ref[Any]]:
    """What is to be freed, after some events were recorded."""
    asyncio.run(send(holder.queue, 3))
    assert ids(holder.history) == [1, 2, 3]
    consumers = holder.queue._consumers
    each = [holder, holder.queue, holder.history, consumers, consumers.attendance]
    return [weakref.ref(one) for one in [*each, holder.queue.collectors]]


def test_a_queue_its_history_and_who_holds_both_are_freed_when_dropped() -> None:
    """At once, without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        holder = Holder()
        there = parts(holder)
        del holder
        assert [one() for one in there] == [None] * len(there)
    finally:
        gc.enable()


def test_an_instrument_that_holds_a_queue_and_its_history_is_freed_too() -> None:
    """The queue holds it, so the garbage collector has to come."""
    holder = HoldingInstrument()
    there = parts(holder)
    del holder
    gc.collect()
    assert [one() for one in there] == [None] * len(there)


def test_a_history_outlives_its_queue() -> None:
    """And the other way round; what was recorded stays."""
    queue = make_queue()
    history = History(queue)
    asyncio.run(send(queue, 2))
    del queue
    assert ids(history) == [1, 2]
    history.close()
    assert ids(history) == [1, 2]
