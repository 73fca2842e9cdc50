"""Trace: what a history becomes as plain values, and the JSON of it."""

import asyncio
import gc
import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from event_collector_widgets.motion.trace import Trace, TracedCollector, TracedNote, TracedResult
from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import Collector, CollectorQueue, History, Payload, QueueType, Router
from event_collector.simulation import simulate
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import changing, passing, pausing, plans, sending, stopping, waiting
from tests.support import queue_of
from tests.widgets.motion.histories import history_of, note, six_payloads, trace_of

MANY = settings(max_examples=150, deadline=None, database=None)
runs = plans(sending, sending, sending, stopping, changing, pausing, waiting, passing, passing)


def test_a_trace_tells_each_payloads_way() -> None:
    """Who took it and when, and what each collector gave; times are those of the loop."""
    events = Trace.of(six_payloads()).events
    assert [event.text for event in events] == ["bread", "toast", "soup", "cake", "list", "rolls"]
    bread, toast, soup = events[:3]
    assert bread.results == (
        TracedResult("oven", "Ok", "bread, done"),
        TracedResult("book", "Ok", "5"),
    )
    assert (bread.accepted, bread.taken, bread.finished, bread.consumer) == (0.0, 0.0, 1.0, 1)
    assert toast.results == (TracedResult("oven", "Error", "ValueError: burnt"),)
    assert (toast.delivery, toast.keys, toast.priority) == ("key", ("oven",), 1)
    assert soup.results == (TracedResult(None, "undelivered", ""),)
    assert (soup.delivery, soup.topics) == ("topic", ("drinks",))


def test_a_trace_of_a_history_knows_the_queue() -> None:
    """Its order, its limits and its collectors."""
    queue = Trace.of(six_payloads(QueueType.LIFO)).queue
    assert queue is not None
    assert (queue.order, queue.max_consumers, queue.max_queued) == ("LIFO", 1, 5)
    assert (queue.router, queue.chooses) == ("SimpleRouter", True)
    (change,) = queue.changes
    assert change.time is None
    assert change.collectors == (
        TracedCollector("oven", ("food",), None),
        TracedCollector("book", (), None),
    )


def test_a_trace_of_a_history_knows_a_queue_that_is_gone() -> None:
    """Its order, its last limits, and how its collectors came and went, with the times."""

    async def main() -> History:
        queue = queue_of(Collector("oven", note), queue_type=QueueType.LIFO, max_queued=5)
        history = History(queue)
        async with queue:
            queue.get_publisher().send(Payload("bread"))
            await asyncio.sleep(2.0)
            await queue.add(Collector("book", note, topics=["food"], max_concurrency=3))
            await asyncio.sleep(1.0)
            await queue.remove("oven")
            queue.set_limits(min_consumers=1, max_consumers=7, max_queued=9)
        return history

    history = simulate(main)
    gc.collect()
    assert history.queue is None
    queue = Trace.of(history).queue
    assert queue is not None
    assert (queue.order, queue.min_consumers, queue.max_consumers) == ("LIFO", 1, 7)
    assert (queue.max_queued, queue.router, queue.chooses) == (9, "SimpleRouter", True)
    oven, book = TracedCollector("oven", (), None), TracedCollector("book", ("food",), 3)
    assert [(one.time, one.collectors) for one in queue.changes] == [
        (None, (oven,)),
        (2.0, (oven, book)),
        (3.0, (book,)),
    ]


def test_a_trace_of_a_dataframe_has_the_same_events_and_no_queue() -> None:
    """The queue's parts are not known then."""
    history = six_payloads(consumers=2)
    trace = Trace.of(history.to_frame())
    assert trace.queue is None
    assert trace.events == Trace.of(history).events == Trace.of(list(history)).events


@given(runs)
@MANY
def test_a_trace_has_every_event_of_its_history(plan: Plan) -> None:
    """Those of a DataFrame too, and all of it again from its JSON."""
    history, queue = history_of(plan)
    trace = Trace.of(history, queue=queue)
    assert [event.id for event in trace.events] == [event.id for event in history]
    for event, one in zip(history, trace.events, strict=True):
        results = event.peek()
        assert (event.done, event.consumer) == (one.finished is not None, one.consumer)
        assert len(one.results) == (0 if results is None else max(1, len(results)))
        assert one.accepted <= (one.taken or one.accepted) <= (one.finished or 1e9)
    assert Trace.from_json(trace.to_json()) == trace
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
    assert Trace.of(history.to_frame()).events == trace.events


@given(runs)
@MANY
def test_a_watcher_records_what_a_history_does(plan: Plan) -> None:
    """And the collectors as they came and went, at the times at which they did."""
    trace = trace_of(plan)
    assert trace.events == Trace.of(history_of(plan)[0]).events
    assert trace.queue is not None
    first, *later = trace.queue.changes
    assert [one.key for one in first.collectors] == [one.key for one in plan.collectors]
    assert first.time is None
    times = [one.time for one in later]
    assert times == sorted(time for time in times if time is not None)
    assert Trace.from_json(trace.to_json()) == trace


def test_the_same_history_gives_the_same_bytes() -> None:
    """Of two runs on a virtual clock, too."""
    assert Trace.of(six_payloads()).to_json() == Trace.of(six_payloads()).to_json()


def test_reading_a_history_retrieves_no_result() -> None:
    """An Error that nobody has noticed is still one that nobody has noticed."""
    history = six_payloads()
    Trace.of(history)
    assert not any(event.retrieved for event in history)


def test_a_trace_keeps_short_texts_and_no_values() -> None:
    """Whatever was sent: in one line, of 40 characters at most, and a repr that fails is named."""

    class Mute:
        def __repr__(self) -> str:
            raise OSError("no")

    values: list[Any] = ["x" * 1000, Mute(), "two\nlines", "\ud800", {"a": 1}]

    async def main() -> History:
        async with queue_of(Collector("a", echo)) as queue:
            history = History(queue)
            for value in values:
                await queue.get_publisher().send(Payload(value))
        return history

    async def echo(payload: Payload[Any], ctx: object) -> Any:
        return payload.value

    trace = Trace.of(simulate(main))
    texts = [event.text for event in trace.events]
    assert texts[0] == "x" * 38 + ".."
    assert texts[1] == "<Mute whose repr raised OSError>"
    assert texts[2:] == [r"'two\nlines'", r"'\ud800'", "{'a': 1}"]
    assert [event.results[0].text for event in trace.events] == texts
    assert trace.to_json().isascii()
    assert Trace.from_json(trace.to_json()) == trace


def test_an_int_that_a_page_cannot_hold_comes_back_as_it_was() -> None:
    """A priority of 64 bits and more."""
    trace = Trace.of(six_payloads())
    large = replace(trace.events[0], priority=2**70)
    changed = replace(trace, events=(large, *trace.events[1:]))
    assert json.loads(changed.to_json())["routes"][0][3] == str(2**70)
    assert Trace.from_json(changed.to_json()) == changed


def test_notes_come_back_as_they_were() -> None:
    """What is told in words."""
    trace = replace(
        Trace.of(six_payloads()), notes=(TracedNote(0.5, "paused"), TracedNote(1.0, ""))
    )
    assert Trace.from_json(trace.to_json()) == trace


def test_a_trace_without_values_says_nothing_of_what_was_sent() -> None:
    """Of an Error its class stays."""
    trace = Trace.of(six_payloads()).without_values()
    said = trace.to_json()
    assert not any(word in said for word in ("bread", "soup", "done", "burnt"))
    assert trace.events[1].results == (TracedResult("oven", "Error", "ValueError"),)
    assert trace.events[1].text == "payload 2"


def test_a_router_of_ones_own_is_no_choice_that_others_can_tell() -> None:
    """Nobody can say before who will get a payload."""

    class Own(Router):
        async def handle_event(self, payload: Payload[Any]) -> Any:
            return await self.dispatch(payload, self.collectors.values())

    queue = CollectorQueue([Collector("book", note)], min_consumers=1, max_consumers=1, router=Own)
    traced = Trace.of(History(queue)).queue
    assert traced is not None
    assert (traced.router, traced.chooses) == ("Own", False)


def test_a_trace_cannot_be_changed() -> None:
    """It is a record."""
    trace = Trace.of(six_payloads())
    assert repr(trace) == "Trace(6 events, 6 done)"
    with pytest.raises(FrozenInstanceError):
        trace.events = ()  # type: ignore[misc]


@pytest.mark.parametrize("source", [None, 5, "history", [1], object()])
def test_what_is_no_history_is_refused(source: object) -> None:
    """At once, and it says what to pass."""
    with pytest.raises(TypeError, match="pass a History, the DataFrame of its"):
        Trace.of(source)


def test_a_queue_is_refused_as_a_source_and_a_history_as_a_queue() -> None:
    """Both say what to do."""
    history = six_payloads()
    assert history.queue is not None
    with pytest.raises(TypeError, match="make history = History"):
        Trace.of(history.queue)
    with pytest.raises(TypeError, match="queue must be a CollectorQueue, got History"):
        Trace.of(history, queue=history)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="has no column 'consumer'"):
        Trace.of(history.to_frame().drop(columns="consumer"))


DAMAGED = {
    "not json": ("{", "it is not JSON"),
    "another thing": ("[]", "pass what Trace.to_json"),
    "too little": ('{"format":"event-collector-trace","version":1}', "damaged: KeyError"),
}


@pytest.mark.parametrize(("text", "said"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_trace_is_refused(text: str, said: str) -> None:
    """It says what is wrong, and what to do."""
    with pytest.raises(ValueError, match=said):
        Trace.from_json(text)
    with pytest.raises(TypeError, match="takes a str, got bytes"):
        Trace.from_json(b"{}")  # type: ignore[arg-type]


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=8))
@MANY
def test_a_damaged_trace_is_a_value_error(junk: Any) -> None:
    """Whatever stands in it."""
    said = json.loads(Trace.of(six_payloads()).to_json())
    for name in ("events", "changes", "routes", "ways", "texts", "notes", "start"):
        try:
            Trace.from_json(json.dumps({**said, name: junk}))
        except ValueError:
            continue
