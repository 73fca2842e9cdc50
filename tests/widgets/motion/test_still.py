"""The picture of one moment: which moment it is, what it says, and that it is always the same."""

from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.moments import at, telling
from event_collector_widgets.motion.still import in_words, still
from event_collector_widgets.motion.trace import Trace, TracedChange
from hypothesis import given, settings

from event_collector import Payload, QueueType
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import changing, passing, pausing, plans, sending, stopping
from tests.support import in_loop
from tests.widgets.benches import NASTY, a_bench, collector
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


def test_no_more_are_busy_than_there_are() -> None:
    """Where the limit was lowered since: as many as are busy."""
    trace = Trace.of(six_payloads(consumers=4))
    assert trace.queue is not None
    lowered = Trace(trace.events, replace(trace.queue, max_consumers=1), trace.notes)
    busy = len(at(lowered, telling(lowered)).service)
    assert busy > 1
    assert f"consumers · {busy} of {busy} busy" in still(lowered)


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
    svg = made[made.index("<svg") : made.index("</svg>") + 6]
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
        "oven: 1 Ok, 1 Error. book: 1 Ok, 0 Errors. 1 undelivered (soup)."
    )
    assert '<th scope="row" style="text-align:left">oven: Error</th><td>1</td>' in made


def test_an_error_is_one_and_all_else_are_errors() -> None:
    """In the picture and in its words, as where it moves."""
    made = still(Trace.of(six_payloads()))
    for shown in ("✗ 1 Error</text>", "✗ 0 Errors</text>", "1 Error. ", "0 Errors. "):
        assert shown in made


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


@in_loop
async def test_while_a_payload_is_asked_about_the_picture_is_of_now() -> None:
    """All is done then; once it has gone, it is the moment that says most again."""
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("a"))
        for value in range(3):
            await bench.send(Payload(value)).wait()
        animation = Animation(bench)
        usual = animation.still()
        question = animation.ask(Payload("next"))
        assert "3 sent by then. 0 wait. 0 in service" in animation.still() != usual
        await question.go()
        await question.score()
        assert "3 sent by then. 0 wait. 0 in service" not in animation.still()


def test_one_that_is_cut_off_later_is_parked_until_then() -> None:
    """It waits for a collector that is full, as the moving picture has it too."""
    trace = Trace.of(six_payloads())
    assert trace.queue is not None
    full = replace(trace.queue.changes[0].collectors[1], max_concurrency=1)
    parts = replace(trace.queue, changes=(TracedChange(None, (full,)),))
    first, second = (replace(trace.events[0], id=n, accepted=0.0) for n in (1, 2))
    second = replace(second, taken=None, finished=3.0, consumer=None, results=())
    first = replace(first, taken=0.0, finished=None, results=())
    moment = at(Trace((first, second), parts), 1.0)
    assert [event.id for event in moment.parked] == [2]
    assert moment.buffer == []
