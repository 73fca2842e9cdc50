"""The package's own errors: what they say, what they keep, and that they travel."""

import copy
import pickle

import pytest

from event_collector import (
    EventCollectorError,
    QueueClosedError,
    QueueFullError,
    UnknownCollectorError,
    UnpicklableError,
)

EVERY_ERROR = [
    QueueClosedError("is not started", "await queue.init_queue()"),
    QueueFullError(100),
    UnknownCollectorError("dor", ["door", "pump"]),
    UnpicklableError(ValueError("too hot")),
]

MESSAGES = [
    "the queue is not started; await queue.init_queue()",
    "the queue is full (max_queued=100); await send() to wait for room, or raise max_queued",
    "no collector has the key 'dor'; the queue's collectors are ['door', 'pump']",
    "ValueError: too hot",
]


@pytest.mark.parametrize(("error", "message"), list(zip(EVERY_ERROR, MESSAGES, strict=True)))
def test_an_error_says_what_is_wrong_and_what_to_do(
    error: EventCollectorError, message: str
) -> None:
    """Decision 10: the message holds the value, and what to do then."""
    assert str(error) == message
    assert isinstance(error, EventCollectorError)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_travels(error: EventCollectorError) -> None:
    """Decision 25: pickled or copied, it says the same and has the same parts."""
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_an_error_keeps_its_parts() -> None:
    """What a message is built from can be asked for."""
    closed = QueueClosedError("is shut down", "start it again")
    assert (closed.state, closed.advice) == ("is shut down", "start it again")
    assert QueueFullError(7).max_queued == 7
    unknown = UnknownCollectorError("dor", ["door"])
    assert (unknown.key, unknown.keys) == ("dor", ["door"])


def test_an_unknown_collector_is_a_key_error() -> None:
    """Who looks a key up in a mapping catches what mappings raise."""
    with pytest.raises(KeyError):
        raise UnknownCollectorError("dor", ["door"])


def test_an_unpicklable_error_is_made_of_an_exception_or_of_its_description() -> None:
    """The second is how it is made again from a pickle."""
    assert UnpicklableError(OSError("gone")).description == "OSError: gone"
    assert UnpicklableError("OSError: gone").description == "OSError: gone"
