"""replay: the same payloads with the same gaps, on the real or the virtual clock."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Delivery,
    History,
    Ok,
    Payload,
    QueueClosedError,
)
from event_collector.recording import Recording, read, replay
from event_collector.simulation import simulate
from tests.recording.recordings import an_event, header, recorded, write_lines
from tests.support import Gate, echo, in_loop, queue_of, settle


def made(path: Path, *times: float) -> Recording:
    """A recording of events that were accepted then."""
    events = [an_event(n, n, accepted_at=time) for n, time in enumerate(times, 1)]
    return read(write_lines(path, header(), *events, {"end": len(events), "lost": 0}))


def accepted(recording: Recording, speed: float | None = 1.0) -> list[float]:
    """When they are accepted that are replayed on the virtual clock."""

    async def main() -> list[CollectorEvent]:
        queue = queue_of(Collector("echo", echo))
        async with queue:
            return await replay(recording, queue.get_publisher(), speed)

    return [event.accepted_at for event in simulate(main)]


def test_the_gaps_are_those_that_there_were(tmp_path: Path) -> None:
    """From the first on; faster or slower as is asked for; or none."""
    recording = made(tmp_path / "a", 100.0, 100.0, 101.5, 160.0)
    assert accepted(recording) == [0.0, 0.0, 1.5, 60.0]
    assert accepted(recording, speed=2) == [0.0, 0.0, 0.75, 30.0]
    assert accepted(recording, speed=0.5) == [0.0, 0.0, 3.0, 120.0]
    assert accepted(recording, speed=None) == [0.0] * 4


def test_a_clock_that_was_set_back_makes_no_gap(tmp_path: Path) -> None:
    """The queue was started again, in another loop."""
    assert accepted(made(tmp_path / "a", 100.0, 102.0, 3.0, 4.0)) == [0.0, 2.0, 2.0, 3.0]


def test_a_recording_of_nothing_sends_nothing(tmp_path: Path) -> None:
    """With gaps and without."""
    assert accepted(made(tmp_path / "a")) == []
    assert accepted(made(tmp_path / "a"), speed=None) == []


@in_loop
async def test_payloads_are_the_same_and_stay_so(tmp_path: Path) -> None:
    """Whoever changes one, changes a copy: a recording can be replayed again and again."""
    payloads = [
        Payload({"a": [1]}, keys=["spoil"], priority=2),
        Payload({"a": [2]}, Delivery.BROADCAST, topics=["t"]),
    ]
    recording = await recorded(tmp_path / "a", *payloads)

    async def spoil(payload: Payload[Any], ctx: object) -> Any:
        seen.append(f"{payload!r}")
        payload.value["a"].append("spoilt")
        payload.topics.append("spoilt")
        return Ok(None)

    for _ in range(2):
        seen: list[str] = []
        queue = queue_of(Collector("spoil", spoil))
        async with queue:
            await replay(recording, queue.get_publisher(), speed=None)
        assert seen == [f"{payload!r}" for payload in payloads]
    assert [event.payload for event in recording] == payloads


@in_loop
async def test_what_cannot_be_copied_is_sent_as_it_is(tmp_path: Path) -> None:
    """Such as a connection that a codec has opened."""

    class Fixed:
        def __deepcopy__(self, memo: object) -> "Fixed":
            raise TypeError

    path = write_lines(tmp_path / "a", header(), an_event(1, {"$codec": ["Fixed", 1]}))
    recording = read(path, codec={"Fixed": (Fixed, id, lambda _: Fixed())})
    queue = queue_of(Collector("echo", echo))
    history = History(queue)
    async with queue:
        await replay(recording, queue.get_publisher())
    assert history[0].payload.value is recording[0].payload.value
    assert history[0].payload is not recording[0].payload


@in_loop
async def test_it_waits_for_room(tmp_path: Path) -> None:
    """The backpressure holds, with gaps and without."""
    recording = await recorded(tmp_path / "a", *map(Payload, range(9)))
    for speed in (None, 1e9):
        gate = Gate()
        queue = queue_of(Collector("gate", gate), max_consumers=1, max_queued=2)
        async with queue:
            sending = asyncio.create_task(replay(recording, queue.get_publisher(), speed))
            await settle()
            await settle()
            assert not sending.done()
            assert queue.metrics().accepted < 9
            gate.open()
            assert len(await sending) == 9


@pytest.mark.parametrize(
    ("speed", "error", "said"),
    [
        (0, ValueError, "speed must be finite and above 0, got 0; None is without gaps"),
        (-1.0, ValueError, "speed must be finite and above 0, got -1.0"),
        (float("nan"), ValueError, "speed must be finite and above 0, got nan"),
        (float("inf"), ValueError, "speed must be finite and above 0, got inf"),
        (True, TypeError, "speed must be a number, or None for no gaps, got bool: True"),
        ("2", TypeError, "speed must be a number, or None for no gaps, got str: '2'"),
    ],
)
def test_a_speed_that_is_not_one_is_refused(
    tmp_path: Path, speed: Any, error: type[Exception], said: str
) -> None:
    """Decision 24: refused, never clamped, and nothing is sent."""
    with pytest.raises(error, match=said):
        accepted(made(tmp_path / "a", 0.0), speed)


@in_loop
async def test_other_wrong_arguments_are_refused(tmp_path: Path) -> None:
    """With what to pass."""
    queue, recording = queue_of(), made(tmp_path / "a", 0.0)
    with pytest.raises(TypeError, match=r"recording must be a Recording, got list.*read\(path\)"):
        await replay([], queue.get_publisher())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="publisher must be an EventPublisher, got CollectorQueue"):
        await replay(recording, queue)  # type: ignore[arg-type]
    for speed in (1.0, None):
        with pytest.raises(QueueClosedError):
            await replay(recording, queue.get_publisher(), speed)
