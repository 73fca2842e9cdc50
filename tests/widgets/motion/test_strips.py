"""The picture of several traces at one moment: which moment it is, what it says, and how."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from event_collector_widgets.motion.compared import compare, in_words, waiting_line
from event_collector_widgets.motion.strips import strips
from event_collector_widgets.motion.trace import Trace
from hypothesis import given, settings

from event_collector import QueueType
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import passing, plans, sending, stopping
from tests.widgets.benches import NASTY
from tests.widgets.motion.histories import named_history, six_payloads, trace_of

runs = plans(sending, sending, sending, stopping, passing, passing)


def six(consumers: int = 1) -> Trace:
    """Six payloads in a FIFO queue."""
    return Trace.of(six_payloads(consumers=consumers))


def svg_of(made: str) -> str:
    """The picture alone."""
    return made[made.index("<svg") : made.index("</svg>") + 6]


def texts_of(made: str) -> list[str]:
    """All that is written in the picture."""
    return [each.text or "" for each in ElementTree.fromstring(svg_of(made)).iter() if each.text]


def test_it_is_the_moment_at_which_the_lines_differ_most() -> None:
    """One consumer and four: at first two wait in the one, then the other has had them all."""
    one, many = six(), six(consumers=6)
    after, compared = compare({"one": one, "many": many})
    waiting = [len(each.moment.buffer) + len(each.moment.parked) for each in compared]
    most = max(
        abs(_waiting(one, seconds) - _waiting(many, seconds))
        for line in (waiting_line(one), waiting_line(many))
        for seconds, _ in line
    )
    assert abs(waiting[0] - waiting[1]) == most > 0
    assert _waiting(one, after) == waiting[0]


def _waiting(trace: Trace, seconds: float) -> int:
    line = [wait for time, wait in waiting_line(trace) if time <= seconds]
    return line[-1] if line else 0


def test_where_the_lines_are_the_same_it_is_the_moment_that_says_most() -> None:
    """Three queue types, one consumer: as many wait in each at any time, and no line is drawn."""
    named = {kind.name: Trace.of(six_payloads(kind)) for kind in QueueType}
    after, compared = compare({"a": named["FIFO"], "b": named["FIFO"]})
    assert [each.moment.time for each in compared] == [2.0, 2.0]
    assert after == 2.0
    made = strips({"a": named["FIFO"], "b": named["FIFO"]})
    assert "how many wait" not in made
    assert "how many wait" in strips({"a": named["FIFO"], "b": six(consumers=6)})


def test_each_clock_begins_with_the_first_thing() -> None:
    """One that was recorded an hour later stands beside the other as if it had been at once."""
    now = six()

    def later(time: float | None) -> float | None:
        return None if time is None else time + 3600.0

    moved = tuple(
        replace(e, accepted=e.accepted + 3600.0, taken=later(e.taken), finished=later(e.finished))
        for e in now.events
    )
    late = replace(now, events=moved)
    after, (first, second) = compare({"now": now, "late": late})
    assert (first.moment.time, second.moment.time) == (after, after + 3600.0)
    assert first.waits == pytest.approx(second.waits)
    assert len(first.moment.buffer) == len(second.moment.buffer)


def test_the_next_one_stands_at_the_consumers_and_is_named() -> None:
    """In the order of each queue; a priority is told where it counts."""
    named = {kind.name: Trace.of(six_payloads(kind)) for kind in QueueType}
    made = strips(named, "Three")
    words = made.partition("<desc>")[2].partition("</desc>")[0]
    nexts = re.findall(r"(\w+): \d of 6 done; \d wait, (\w+) goes next", words)
    _, compared = compare(named)
    assert nexts == [(each.name, each.moment.buffer[0].text) for each in compared]
    said = [each for each in texts_of(made) if not re.fullmatch(r"p\d", each)]
    marked = [said[at - 1] for at, each in enumerate(said) if each == "next"]
    assert marked == [each.moment.buffer[0].text for each in compared]
    assert {"p1", "p5"} & set(texts_of(made))
    assert not {"p1", "p5"} & set(texts_of(strips({"a": six(), "b": six()})))


def test_it_says_what_each_gave_and_who_fell_out() -> None:
    """In the picture, in words, and in a table with a column for each."""
    made = strips({"one": six(), "many": six(consumers=6)})
    after, compared = compare({"one": six(), "many": six(consumers=6)})
    assert in_words(after, compared) in made
    assert "book: 1 Ok, 0 Errors; 1 undelivered" in made
    assert "▽ 1 undelivered" in texts_of(made)
    assert made.count('<th scope="col">') == 3
    assert '<th scope="row">oven: Error</th>' in made


@given(runs, runs)
@settings(max_examples=25, deadline=None, database=None)
def test_it_is_sound_whatever_happened(one: Plan, other: Plan) -> None:
    """Well-formed, the same each time, and what it counts adds up."""
    named = {"one": trace_of(one), "other": trace_of(other)}
    made = strips(named)
    read = {name: Trace.from_json(trace.to_json()) for name, trace in named.items()}
    assert made == strips(read)
    ElementTree.fromstring(svg_of(made))
    for each in compare(named)[1]:
        moment = each.moment
        waiting = len(moment.buffer) + len(moment.parked)
        assert moment.accepted == waiting + len(moment.service) + moment.finished


def test_it_stays_small_however_much_happened() -> None:
    """The line has two points for a pixel at most, and those that do not fit are counted."""
    first = six().events[0]
    events = tuple(
        replace(first, id=n, accepted=n / 10, taken=n / 5, finished=n / 5 + 0.1)
        for n in range(5000)
    )
    busy = replace(six(), events=events)
    made = strips({"busy": busy, "six": six()})
    assert len(made) < 60_000
    assert any(re.fullmatch(r"2,\d\d\d more", said) for said in texts_of(made))


NAMES: list[Callable[[], Trace]] = [
    lambda: Trace((), None),
    lambda: Trace.of(named_history("a", "b")),
]


@pytest.mark.parametrize("make", NAMES, ids=["empty", "one"])
def test_little_makes_a_picture_too(make: Callable[[], Trace]) -> None:
    """Of traces in which nothing or hardly anything happened."""
    ElementTree.fromstring(svg_of(strips({"a": make(), "b": Trace((), None)})))


def test_it_takes_no_text_for_html() -> None:
    """Nor a key, nor a name, nor a title."""
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.add(tag)

    made = strips({NASTY: Trace.of(named_history(NASTY, NASTY)), "b": six()}, NASTY)
    Tags().feed(made)
    assert NASTY not in made
    assert not found & {"img", "script", "pre"}
