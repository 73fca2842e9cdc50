"""record: a line for each event when it is done, and all of them at the end."""

import asyncio
import gc
import logging
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, Error, History, Ok, Payload, __version__
from event_collector.recording import Recorder, read, record
from event_collector.simulation import simulate
from tests.recording.recordings import HeldDisk, all_done, lines_in, recorded
from tests.support import Gate, echo, in_loop, outcome, queue_of, settle, until


@in_loop
async def test_a_file_has_a_header_events_and_an_end(tmp_path: Path) -> None:
    """JSON Lines, with the versions and the queue in the first one."""
    path = tmp_path / "a.jsonl"
    await recorded(path, Payload({"a": 1}), Payload(2, keys=["other"], priority=3))
    head, first, second, end = lines_in(path)
    assert head == {
        "recording": 1,
        "toolkit": __version__,
        "queue": {
            "collectors": ["echo"],
            "queue_type": "FIFO",
            "router": "SimpleRouter",
            "min_consumers": 1,
            "max_consumers": 10,
            "max_queued": None,
        },
    }
    assert (first["payload"], first["results"]) == (
        {"a": 1},
        [{"collector": "echo", "ok": {"a": 1}}],
    )
    assert first["accepted_at"] <= first["taken_at"] <= first["finished_at"]
    assert (second["delivery"], second["keys"], second["priority"]) == ("key", ["other"], 3)
    assert second["results"] == []
    assert end == {"end": 2, "lost": 0}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@in_loop
async def test_a_line_has_what_was_sent_and_what_came_as_they_were_then(tmp_path: Path) -> None:
    """To replay the same and compare: neither what a processor changes in its payload later, nor
    what becomes of a result that lives on."""
    gate, totals = asyncio.Event(), {"n": 0}

    async def count(payload: Payload[Any], ctx: object) -> Any:
        payload.value["seen"] = True
        payload.topics = ["another"]
        totals["n"] += 1
        return Ok(totals)

    async def held_up(payload: Payload[Any], ctx: object) -> Any:
        await gate.wait()

    queue = queue_of(Collector("count", count, topics=["t"]), Collector("gate", held_up))
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            held = queue.get_publisher().send(Payload({"held": 1}, keys=["gate"]))
            for number in (1, 2):
                await outcome(queue, Payload({"number": number}, topics=["t"]))
            held.event.payload.value["held"] = 2
            recorder.close()
            gate.set()
    lines = lines_in(tmp_path / "a")[1:-1]
    assert [(each["payload"], each["topics"]) for each in lines] == [
        ({"number": 1}, ["t"]),
        ({"number": 2}, ["t"]),
        ({"held": 1}, []),
    ]
    assert [each["results"][0]["ok"] for each in lines[:2]] == [{"n": 1}, {"n": 2}]


@in_loop
async def test_all_is_written_before_a_shutdown_returns(tmp_path: Path) -> None:
    """While the block goes on: what comes after the queue may read the file."""
    queue = queue_of(Collector("echo", echo))
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            await queue.get_publisher().send_all([Payload(n) for n in range(5_000)])
        assert len(lines_in(tmp_path / "a")) == 1 + 5_000
        assert recorder.recorded == 5_000
    assert read(tmp_path / "a").complete


@in_loop
async def test_the_loop_goes_on_while_a_shutdown_waits_for_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk does not hold up what else runs in the loop."""
    queue, held = queue_of(Collector("echo", echo)), HeldDisk(monkeypatch)
    with record(queue, tmp_path / "a"):
        await queue.init_queue()
        await outcome(queue, Payload(1))
        stopping = asyncio.create_task(queue.shut_down_queue())
        await until(held.begun.is_set, turns=10_000_000)
        await settle()
        assert not stopping.done()
        held.go.set()
        await stopping


def test_a_shutdown_that_the_end_of_the_loop_cuts_short_has_written_too(tmp_path: Path) -> None:
    """`asyncio.run` ends while the queue runs: what was accepted has its Error, and its line."""
    queue = queue_of(Collector("wait", Gate()))

    async def main() -> None:
        await queue.init_queue()
        await queue.get_publisher().send(Payload(1))

    with record(queue, tmp_path / "a"):
        asyncio.run(main())
    asyncio.run(queue.shut_down_queue())
    (event,) = read(tmp_path / "a")
    assert event.result is not None
    assert str(event.result[0]).startswith("Error(QueueClosedError: the queue was not shut down")


@in_loop
async def test_events_that_are_not_done_are_told_at_the_end(tmp_path: Path) -> None:
    """The block ends, and the queue goes on: accepted, and without a result."""
    gate = Gate()
    queue = queue_of(Collector("gate", gate), max_consumers=1)
    async with queue:
        with record(queue, tmp_path / "a"):
            for value in ("done", "in service", "queued"):
                await queue.get_publisher().send(Payload(value))
            await until(lambda: gate.begun)
            gate.let_go("done")
            await until(lambda: len(gate.begun) == 2)
        gate.open()
        await queue.get_publisher().send(Payload("later"))
    recording = read(tmp_path / "a")
    assert recording.complete
    assert [(event.payload.value, event.status) for event in recording] == [
        ("done", "done"),
        ("in service", "in service"),
        ("queued", "queued"),
    ]
    assert [event.id for event in recording.unfinished] == [2, 3]
    assert recording.notes == ["2 events without a result"]


@in_loop
async def test_what_waits_beyond_max_pending_is_counted_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The queue does not wait for the disk. One log line, a gap with the count, `complete`."""
    queue, held = queue_of(Collector("echo", echo)), HeldDisk(monkeypatch)
    with record(queue, tmp_path / "a", max_pending=3) as recorder:
        async with queue:
            await outcome(queue, Payload("first"))
            assert held.begun.wait(20)
            await queue.get_publisher().send_all([Payload(n) for n in range(10)])
            await all_done(queue)
            assert not recorder.complete
            held.go.set()
    assert recorder.lost == 7
    assert [line["gap"] for line in lines_in(tmp_path / "a") if "gap" in line] == [7]
    assert lines_in(tmp_path / "a")[-1] == {"end": 4, "lost": 7}
    recording = read(tmp_path / "a")
    assert (recording.complete, recording.lost, len(recording)) == (False, 7, 4)
    assert [each.getMessage() for each in caplog.records] == [
        (
            f"the recording {str(tmp_path / 'a')!r} is not complete: "
            "3 events waited to be written (max_pending)"
        )
    ]
    assert caplog.records[0].levelno == logging.WARNING


@in_loop
async def test_a_value_that_json_does_not_know_is_refused_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The queue goes on, the log tells at once; the block's end raises with the value and where."""
    queue = queue_of(Collector("echo", echo))
    said = "event 2: payload['when'] is tuple, which JSON does not know: (1,)"
    recorder = record(queue, tmp_path / "a")
    async with queue:
        values: list[Any] = [1, {"when": (1,)}, {"when": (2,)}, 4]
        await queue.get_publisher().send_all([Payload(value) for value in values])
    with pytest.raises(TypeError) as raised:
        recorder.__exit__(None, None, None)
    assert str(raised.value).startswith(said)
    assert str(raised.value).endswith("(2 events are not recorded)")
    recorder.close()
    assert [event.payload.value for event in read(tmp_path / "a")] == [1, 4]
    assert not read(tmp_path / "a").complete
    assert len(caplog.records) == 1
    assert said in caplog.text


@in_loop
async def test_what_the_block_raised_is_not_hidden_by_a_refusal(tmp_path: Path) -> None:
    """The first error is the one to mend."""
    queue = queue_of(Collector("echo", echo))

    async def failing() -> None:
        with record(queue, tmp_path / "a"):
            async with queue:
                await outcome(queue, Payload((1,)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert read(tmp_path / "a").lost == 1


@in_loop
async def test_a_recorder_says_what_it_does(tmp_path: Path) -> None:
    """Decision 26: in one line, and the same in every run."""
    queue = queue_of(Collector("echo", echo))
    recorder = record(queue, tmp_path / "a")
    assert isinstance(recorder, Recorder)
    assert repr(recorder) == f"Recorder({str(tmp_path / 'a')!r}, recording)"
    recorder.close()
    recorder.close()
    assert repr(recorder) == f"Recorder({str(tmp_path / 'a')!r}, closed)"
    assert recorder.closed
    async with queue:
        await outcome(queue, Payload(1))
    assert len(read(tmp_path / "a")) == 0


@in_loop
async def test_a_recorder_that_is_forgotten_records_no_more(tmp_path: Path) -> None:
    """As a History. Its thread ends, and its path is free."""
    queue = queue_of(Collector("echo", echo))
    recorder = record(queue, tmp_path / "a")
    thread = recorder._hooks.writer.thread
    async with queue:
        await outcome(queue, Payload(1))
        del recorder
        gc.collect()
        await outcome(queue, Payload(2))
    await asyncio.to_thread(thread.join, 20)
    assert not thread.is_alive()
    assert [event.payload.value for event in read(tmp_path / "a")] == [1]


@in_loop
async def test_a_queue_that_is_started_again_is_recorded_on(tmp_path: Path) -> None:
    """The block goes on over several runs of the queue."""
    queue = queue_of(Collector("echo", echo))
    with record(queue, tmp_path / "a"):
        for value in (1, 2):
            async with queue:
                await outcome(queue, Payload(value))
    assert [event.payload.value for event in read(tmp_path / "a")] == [1, 2]


@in_loop
async def test_recording_takes_no_notice_of_results(tmp_path: Path) -> None:
    """An Error that nobody asked for stays one that nobody has noticed."""

    async def fail(payload: Payload[Any], ctx: object) -> Any:
        return Error(ValueError("no"))

    queue = queue_of(Collector("fail", fail))
    history = History(queue)
    with record(queue, tmp_path / "a"):
        async with queue:
            await queue.get_publisher().send(Payload(1))
    assert [event.retrieved for event in history] == [False]


def test_a_recording_is_made_on_the_virtual_clock_too(tmp_path: Path) -> None:
    """Its times are virtual, and its end is written, though no thread can wake that loop."""

    async def main() -> None:
        queue = queue_of(Collector("sleep", sleepy))
        with record(queue, tmp_path / "a"):
            async with queue:
                await queue.get_publisher().send(Payload(3600))
                await queue.get_publisher().wait()
            assert len(lines_in(tmp_path / "a")) == 2

    async def sleepy(payload: Payload[Any], ctx: object) -> Any:
        await asyncio.sleep(payload.value)
        return Ok(None)

    simulate(main)
    (event,) = read(tmp_path / "a")
    assert (event.accepted_at, event.finished_at) == (0.0, 3600.0)


def test_the_end_of_the_process_writes_what_nobody_closed(tmp_path: Path) -> None:
    """A script that ends within the block's queue, by sys.exit or its last line."""
    path = tmp_path / "a"
    code = f"""
import asyncio
from event_collector import Collector, CollectorQueue, Ok, Payload
from event_collector.recording import record
async def echo(payload, ctx):
    return Ok(payload.value)
queue = CollectorQueue([Collector("echo", echo)], min_consumers=1, max_consumers=1)
recorder = record(queue, {str(path)!r})
async def main():
    async with queue:
        await queue.get_publisher().send_all([Payload(n) for n in range(1000)])
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
    recording = read(path)
    assert (len(recording), recording.complete) == (1000, True)
