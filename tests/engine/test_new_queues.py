"""on_new_queue: whoever watches a process is told of each queue that is made."""

import logging

import pytest

from event_collector import CollectorQueue, Instrument
from event_collector.instrument import on_new_queue


def make() -> CollectorQueue:
    """A queue."""
    return CollectorQueue([], min_consumers=0, max_consumers=1)


def test_each_queue_is_told_once_until_it_is_ended() -> None:
    """At the end of its constructor, when an instrument can be added. Ending twice is fine."""
    told: list[CollectorQueue] = []

    def watch(queue: CollectorQueue) -> None:
        told.append(queue)
        instrument = Instrument()
        instrument.finished = print
        queue.add_instrument(instrument)

    end = on_new_queue(watch)
    try:
        queues = [make(), make()]
    finally:
        end()
        end()
    make()
    assert told == queues


def test_given_twice_it_is_told_twice_and_each_ends_by_itself() -> None:
    """Two tools may share a function."""
    told: list[CollectorQueue] = []
    ends = [on_new_queue(told.append), on_new_queue(told.append)]
    ends[0]()
    queue = make()
    ends[1]()
    assert told == [queue]


def test_what_it_raises_is_logged_and_the_queue_is_made(caplog: pytest.LogCaptureFixture) -> None:
    """A tool must not keep a program from its queue; the next tool is told all the same."""

    def fail(queue: CollectorQueue) -> None:
        raise ValueError("boom")

    told: list[CollectorQueue] = []
    ends = [on_new_queue(fail), on_new_queue(told.append)]
    with caplog.at_level(logging.ERROR, "event_collector"):
        queue = make()
    for end in ends:
        end()
    assert told == [queue]
    assert "told of a new queue, raised" in caplog.text


def test_a_queue_that_is_not_made_is_not_told() -> None:
    """Its constructor has refused the arguments."""
    told: list[CollectorQueue] = []
    end = on_new_queue(told.append)
    with pytest.raises(ValueError, match="max_consumers"):
        CollectorQueue([], min_consumers=2, max_consumers=1)
    end()
    assert told == []


def test_only_a_function_can_be_told() -> None:
    """Anything else is refused at once."""
    with pytest.raises(TypeError, match=r"^on_new_queue\(\) takes a function .* got int$"):
        on_new_queue(3)  # type: ignore[arg-type]
