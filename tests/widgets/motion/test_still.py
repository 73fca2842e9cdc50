"""The picture of one moment: which moment it is, what it says, and that it is always the same."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from event_collector_widgets.motion.moments import at, telling
from event_collector_widgets.motion.still import in_words, still
from event_collector_widgets.motion.trace import Trace
from hypothesis import given, settings

from event_collector import QueueType
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import changing, passing, pausing, plans, sending, stopping
from tests.widgets.benches import NASTY
from tests.widgets.motion.histories import named_history, six_payloads, trace_of

runs = plans(sending, sending, sending, changing, pausing, stopping, passing, passing)


def test_the_moment_that_says_most_has_the_most_kinds_of_places_taken() -> None:
    """Here those that wait, one in service, an Ok, an Error and one that fell out."""
    trace = Trace.of(six_payloads(consumers=1))
    moment = at(trace, telling(trace))
    assert moment.time == 2.0
    assert [event.text for event in moment.buffer] == ["list", "rolls"]
    assert [event.text for event in moment.inside["oven"]] == ["cake"]
    assert [event.text for event in moment.undelivered] == ["soup"]
    assert dict(moment.results) == {("oven", "Ok"): 1, ("book", "Ok"): 1, ("oven", "Error"): 1}


@pytest.mark.parametrize(
    ("queue_type", "first"),
    [(QueueType.FIFO, "bread"), (QueueType.LIFO, "rolls"), (QueueType.PRIORITY, "toast")],
)
def test_the_next_one_is_named(queue_type: QueueType, first: str) -> None:
    """In the order of the queue."""
    trace = Trace.of(six_payloads(queue_type))
    waiting = tuple(event for event in trace.events)
    before = at(Trace(tuple(_untaken(waiting)), trace.queue), 0.0)
    assert before.buffer[0].text == first
    assert f"{first} goes next" in in_words(trace, before)


def _untaken(events: tuple) -> list:  # type: ignore[type-arg]
    from dataclasses import replace

    return [
        replace(event, taken=None, finished=None, consumer=None, results=()) for event in events
    ]


@given(runs)
@settings(max_examples=100, deadline=None, database=None)
def test_a_still_is_sound_whatever_happened(plan: Plan) -> None:
    """Well-formed, the same each time, and its counts add up."""
    trace = trace_of(plan)
    made = still(trace, "t")
    assert made == still(Trace.from_json(trace.to_json()), "t")
    svg = made[: made.index("</svg>") + 6]
    ElementTree.fromstring(svg)
    moment = at(trace, telling(trace))
    waiting = len(moment.buffer) + len(moment.parked)
    assert moment.accepted == waiting + len(moment.service) + moment.finished
    assert f"{waiting:,} wait" in svg


def test_a_still_says_all_in_words_and_in_a_table() -> None:
    """For those who do not see it."""
    made = still(Trace.of(six_payloads()), "Six")
    words = made.partition("<desc>")[2].partition("</desc>")[0]
    assert words == (
        "6 payloads in all, 6 sent by then. 2 wait; list goes next. 1 in service (cake). "
        "oven: 1 Ok, 1 Error. book: 1 Ok, 0 Error. 1 undelivered (soup)."
    )
    assert '<th scope="row" style="text-align:left">oven: Error</th><td>1</td>' in made


def test_a_still_takes_no_text_for_html() -> None:
    """Nor a key, nor a title."""

    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.add(tag)

    tags = Tags()
    tags.feed(still(Trace.of(named_history(NASTY, NASTY)), NASTY))
    assert not found & {"img", "script", "pre"}
    assert NASTY not in still(Trace.of(named_history(NASTY, NASTY)), NASTY)


def test_an_empty_trace_has_a_still() -> None:
    """With nothing in it."""
    assert "0 payloads in all" in still(Trace((), None))
