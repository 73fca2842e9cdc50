"""The JSON of a trace: what stands in it is what is documented, in this version and the first."""

import json
from dataclasses import replace
from typing import Any

import pytest
from event_collector_widgets.motion.format import plain
from event_collector_widgets.motion.trace import Trace
from hypothesis import given, settings

from event_collector import Collector, History, Payload
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import changing, passing, pausing, plans, sending, stopping
from tests.support import forever, in_loop, queue_of
from tests.widgets.motion.histories import six_payloads, trace_of

runs = plans(sending, sending, sending, stopping, changing, pausing, passing, passing)

FIRST = """{"format": "event-collector-trace", "version": 1, "start": 500000, "queue": {"order":
"FIFO", "default_priority": 1000, "min_consumers": 1, "max_consumers": 1, "max_queued":
5, "router": "SimpleRouter", "chooses": true}, "changes": [[null, [["oven", ["food"],
null], ["book", [], null]]]], "notes": [[1000000, "paused"]], "routes": [["b", [], [],
5], ["k", ["oven"], [], "99999999999999999"]], "ways": [[["oven", 0], ["book", 0]],
[["oven", 1]]], "texts": ["bread, done", "5", "ValueError: burnt"], "events": [[1,
"bread", 0, 0, 0, 1000000, 1, 0, 0, 1], [2, "toast", 1, 0, 1000000, 2000000, 1, 1, 2],
[3, "rolls", 0, 1500000, null, null, null, null]]}"""
"""What the first version wrote."""


def test_a_trace_of_the_first_version_is_read() -> None:
    """A file that somebody kept, with its events in rows; it is written again in columns."""
    trace = Trace.from_json(FIRST)
    bread, toast, rolls = trace.events
    assert (bread.accepted, bread.taken, bread.finished) == (0.5, 0.5, 1.5)
    assert [one.text for one in bread.results] == ["bread, done", "5"]
    assert (toast.keys, toast.priority, toast.taken) == (("oven",), 99999999999999999, 1.5)
    assert [(one.outcome, one.text) for one in toast.results] == [("Error", "ValueError: burnt")]
    assert (rolls.text, rolls.accepted, rolls.taken, rolls.results) == ("rolls", 2.0, None, ())
    assert [(note.time, note.text) for note in trace.notes] == [(1.5, "paused")]
    assert Trace.from_json(trace.to_json()) == trace


def test_events_stand_in_columns_as_it_is_documented() -> None:
    """By differences where one grows; and once where all are the same."""
    said = json.loads(Trace.from_json(FIRST).to_json())
    assert said["version"] == 2
    assert said["events"] == {
        "id": 1,
        "text": ["bread", "toast", "rolls"],
        "route": [0, 1, 0],
        "accepted": [0, 0, 1_500_000],
        "waited": [0, 1_000_000, None],
        "served": [1_000_000, 1_000_000, None],
        "consumer": [1, 1, None],
        "way": [0, 1, None],
        "given": [0, 1, 1],
    }


@in_loop
async def test_who_was_cut_off_without_being_taken_comes_back_as_done() -> None:
    """Its time of end stands where else the time in service does."""
    queue = queue_of(Collector("a", forever), max_consumers=1, shutdown_timeout=0)
    history = History(queue)
    async with queue:
        for value in ("taken", "late"):
            queue.get_publisher().send_nowait(Payload(value))
    trace = Trace.of(history)
    _, late = trace.events
    assert (late.taken, late.finished is None) == (None, False)
    assert Trace.from_json(trace.to_json()) == trace


@given(runs)
@settings(max_examples=100, deadline=None, database=None)
def test_rows_and_columns_say_the_same(plan: Plan) -> None:
    """Those who were cut off before they were taken, too."""
    trace = trace_of(plan)
    rows = json.dumps(plain(trace.events, trace.queue, trace.notes))
    assert Trace.from_json(rows) == Trace.from_json(trace.to_json()) == trace


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_events_come_back(count: int) -> None:
    """None, one, and two that have everything in common."""
    trace = Trace.of(six_payloads())
    few = replace(trace, events=tuple(replace(trace.events[0], id=n) for n in range(count)))
    assert Trace.from_json(few.to_json()) == few


COLUMNS: dict[str, Any] = {
    "too short": {"route": [0]},
    "too long": {"given": [0] * 90},
    "a place that is not there": {"way": [77] * 6},
    "a word": {"accepted": "soon"},
    "none": {"text": None},
}


@pytest.mark.parametrize("change", COLUMNS.values(), ids=COLUMNS)
def test_columns_that_do_not_fit_each_other_are_refused(change: dict[str, Any]) -> None:
    """With what to do."""
    said = json.loads(Trace.of(six_payloads()).to_json())
    said["events"] |= change
    with pytest.raises(ValueError, match=r"this trace is damaged: .*; write it again"):
        Trace.from_json(json.dumps(said))


@pytest.mark.parametrize("version", [3, 100, None, "2"])
def test_a_trace_of_a_later_version_is_refused_with_the_versions(version: object) -> None:
    """Its own, those that are known, and what to do."""
    text = json.dumps({"format": "event-collector-trace", "version": version})
    said = f"version {version!r}, known are 1 to 2; update event-collector-toolkit"
    with pytest.raises(ValueError, match=said):
        Trace.from_json(text)
