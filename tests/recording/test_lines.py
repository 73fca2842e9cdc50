"""An event is the same when it is read: payload, delivery, times, results, and Errors as text."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, Delivery, Error, Ok, Payload, ResultList
from event_collector.recording import RecordedError, read, save
from event_collector.recording.codec import Coding
from event_collector.recording.lines import line_of
from tests.recording.recordings import kept, recorded
from tests.support import echo, in_loop, router_that


class OddError(Exception):
    """An exception of a user."""

    def __str__(self) -> str:
        return f"odd: {self.args[0]}"


async def fail(payload: Payload[Any], ctx: object) -> Any:
    """A processor that raises."""
    raise OddError(payload.value)


PAYLOADS: list[Payload[Any]] = [
    Payload({"a": [1, 2.5, None]}),
    Payload(1, keys=["echo"]),
    Payload("x", topics=["hot", "cold"]),
    Payload(True, Delivery.BROADCAST, keys=["a"], topics=["b"], priority=-3),
    Payload(None, Delivery.KEY, keys=[]),
    Payload("\ud800", Delivery.TOPIC, topics=[]),
]


@in_loop
async def test_payloads_and_times_come_back_as_they_were(tmp_path: Path) -> None:
    """Exactly: a float keeps its last digit."""
    history = await kept(*PAYLOADS)
    save(history, tmp_path / "a")
    read_back = list(read(tmp_path / "a"))
    assert [event.payload for event in read_back] == PAYLOADS
    for before, after in zip(history, read_back, strict=True):
        for name in ("id", "accepted_at", "taken_at", "finished_at", "consumer", "status"):
            assert getattr(after, name) == getattr(before, name)
        assert after.result == before.result
        assert after.result is not None
        assert before.result is not None
        assert after.result.keys == before.result.keys
        assert after.result.delivered == before.result.delivered


@in_loop
async def test_an_error_keeps_its_name_its_words_and_its_traceback(tmp_path: Path) -> None:
    """As text: reading makes no object of a user's class, and shows it as it was."""
    recording = await recorded(tmp_path / "a", Payload(7), collectors=[Collector("fail", fail)])
    assert recording[0].result is not None
    (error,) = recording[0].result.errors
    assert repr(error) == "Error(OddError: odd: 7)"
    assert not isinstance(error.exception, OddError)
    assert isinstance(error.exception, RecordedError)
    assert (error.exception.message, str(error.exception)) == ("odd: 7", "odd: 7")
    kind = type(error.exception)
    assert (kind.__module__, kind.__qualname__) == (__name__, "OddError")
    assert "raise OddError(payload.value)" in error.traceback
    twin = pickle.loads(pickle.dumps(error))
    assert (repr(twin), twin.traceback) == (repr(error), error.traceback)


@in_loop
async def test_an_exception_that_cannot_say_itself_is_recorded_too(tmp_path: Path) -> None:
    """Its str raises, or says what no terminal shows."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def mute(payload: Payload[Any], ctx: object) -> Any:
        return Error(MuteError() if payload.value else ValueError("\udc80\n"))

    recording = await recorded(
        tmp_path / "a", Payload(1), Payload(0), collectors=[Collector("m", mute)]
    )
    said = [event.result and event.result.errors[0].exception for event in recording]
    assert [str(each) for each in said] == ["its str raised RuntimeError", "\udc80\n"]


@in_loop
async def test_results_that_nobody_named_come_back_without_a_key(tmp_path: Path) -> None:
    """Of a custom router."""
    from event_collector import History
    from tests.support import queue_of

    async def handle(router: Any, payload: Any) -> ResultList:
        return ResultList([Ok(1), Ok(2)])

    queue = queue_of(Collector("echo", echo), router=router_that(handle))
    history = History(queue)
    async with queue:
        await queue.get_publisher().send(Payload(0))
    save(history, tmp_path / "a")
    (event,) = read(tmp_path / "a")
    assert event.result == [Ok(1), Ok(2)]
    assert event.result is not None
    assert event.result.keys == [None, None]


@in_loop
async def test_a_value_is_refused_with_its_event_and_where_in_it(tmp_path: Path) -> None:
    """In the payload, in a result, or in what somebody has set by hand."""

    async def give(payload: Payload[Any], ctx: object) -> Any:
        return Ok({"a": {3}})

    history = await kept(Payload(1), collectors=[Collector("give", give)])
    with pytest.raises(TypeError, match=r"event 1: Ok of 'give'\['a'\] is set, which JSON does"):
        line_of(history[0], Coding(None))
    payload = history[0].payload
    payload.value = ()
    with pytest.raises(TypeError, match="event 1: payload is tuple, which JSON does not know"):
        line_of(history[0], Coding(None))
    payload.value, payload.keys = 1, {"a"}  # type: ignore[assignment]
    with pytest.raises(TypeError, match="event 1: keys is set, which JSON does not know"):
        line_of(history[0], Coding(None))
    payload.keys, payload.delivery = [], "all"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="event 1: delivery is not a Delivery: 'all'"):
        line_of(history[0], Coding(None))
