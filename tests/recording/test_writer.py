"""The writer's thread: what cannot be written is counted, told once, and leaves no torn line."""

import asyncio
import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, Payload
from event_collector.recording import read, record
from event_collector.recording.writer import Writer
from tests.recording.recordings import HeldDisk, lines_in
from tests.support import echo, in_loop, outcome, queue_of


class Disk:
    """A disk that is full from time to time; what it takes of the last write is a part of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, file: int, data: Any) -> int:
        """Write it, or half of it and no more."""
        if not self.full:
            return self._write(file, data)
        if len(data) > 1:
            return self._write(file, bytes(data[: len(data) // 2]))
        raise OSError(errno.ENOSPC, "No space left on device")


@in_loop
async def test_a_full_disk_costs_the_events_that_it_does_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The queue goes on. When there is room again a gap tells how many; no line is torn."""
    queue, disk = queue_of(Collector("echo", echo)), Disk(monkeypatch)
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            for value in range(6):
                disk.full = 2 <= value < 5
                await outcome(queue, Payload(value))
                recorder._hooks.writer.flush()
    assert [line.get("payload", line) for line in lines_in(tmp_path / "a")[1:]] == [
        *(0, 1, 5),
        {"gap": 3},
        {"end": 3, "lost": 3},
    ]
    recording = read(tmp_path / "a")
    assert (recording.lost, recording.complete, recorder.complete) == (3, False, False)
    assert len(caplog.records) == 1
    assert "is not complete: OSError: [Errno 28] No space left on device" in caplog.text


@in_loop
async def test_a_disk_that_stays_full_leaves_a_recording_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is not taken for a complete one."""
    queue, disk = queue_of(Collector("echo", echo)), Disk(monkeypatch)
    with record(queue, tmp_path / "a"):
        async with queue:
            await outcome(queue, Payload(1))
        disk.full = True
    recording = read(tmp_path / "a")
    assert (len(recording), recording.ended, recording.torn) == (1, False, False)
    assert not recording.complete


@in_loop
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("remove", "the file was removed, or another one put in its place"),
        ("replace", "the file was removed, or another one put in its place"),
        ("cut off", "the file was cut off by somebody else"),
    ],
)
async def test_a_file_that_somebody_takes_away_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str, said: str
) -> None:
    """Of what was written nothing is left, so all is lost; what is there now stays as it is."""
    queue, path = queue_of(Collector("echo", echo)), tmp_path / "a"
    with record(queue, path) as recorder:
        async with queue:
            await outcome(queue, Payload(1))
            recorder._hooks.writer.flush()
            if what == "cut off":
                path.write_bytes(b"theirs")
            else:
                path.unlink()
            if what == "replace":
                path.write_bytes(b"theirs")
            await outcome(queue, Payload(2))
    assert (recorder.recorded, recorder.lost, recorder.complete) == (0, 2, False)
    assert [each.message for each in caplog.records] == [
        f"the recording {str(path)!r} is not complete: {said}"
    ]
    assert what == "remove" or path.read_bytes() == b"theirs"


@in_loop
async def test_a_file_that_is_removed_before_its_end_is_told(tmp_path: Path) -> None:
    """Also where no event comes any more."""
    queue = queue_of(Collector("echo", echo))
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            await outcome(queue, Payload(1))
        (tmp_path / "a").unlink()
    assert (recorder.recorded, recorder.lost) == (0, 1)


@in_loop
async def test_a_line_is_in_the_file_as_soon_as_the_writer_rests(tmp_path: Path) -> None:
    """Nothing waits in a buffer for the next event: a process that is killed has lost nothing."""
    queue = queue_of(Collector("echo", echo))
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            for count in range(1, 4):
                await outcome(queue, Payload(count))
                recorder._hooks.writer.flush()
                assert len(read(tmp_path / "a")) == count
                assert not read(tmp_path / "a").ended


@in_loop
@pytest.mark.parametrize("raised", [BufferError("no"), SystemExit(3)])
async def test_a_codec_that_fails_costs_its_event_only(
    tmp_path: Path, raised: BaseException
) -> None:
    """Whatever it raises, the writer goes on."""

    def fail(value: object) -> Any:
        raise raised

    queue = queue_of(Collector("echo", echo))
    recorder = record(queue, tmp_path / "a", codec={"bytes": (bytes, fail, bytes)})
    async with queue:
        for value in (1, b"", 3):
            await outcome(queue, Payload(value))
    with pytest.raises(ValueError, match=r"event 2.*cannot be.*(BufferError: no|SystemExit: 3)"):
        recorder.close()
    assert [event.payload.value for event in read(tmp_path / "a")] == [1, 3]


@in_loop
async def test_an_int_of_too_many_digits_is_refused(tmp_path: Path) -> None:
    """Python itself does not write it in decimals."""
    queue = queue_of(Collector("echo", echo))
    recorder = record(queue, tmp_path / "a")
    async with queue:
        await outcome(queue, Payload(10**5000))
    with pytest.raises(ValueError, match="event 1: cannot be written as JSON: ValueError: Exceeds"):
        recorder.close()


@in_loop
async def test_what_is_written_is_kept_no_longer(tmp_path: Path) -> None:
    """A thread that rests holds no payload."""
    import gc
    import weakref

    class Value:
        """Can be watched."""

    value = Value()
    gone = weakref.ref(value)
    queue = queue_of(Collector("nothing", echo))
    codec: Any = {"Value": (Value, lambda _: 1, lambda _: 1)}
    with record(queue, tmp_path / "a", codec=codec) as recorder:
        async with queue:
            await outcome(queue, Payload(value))
            recorder._hooks.writer.flush()
            del value
            gc.collect()
            assert gone() is None


@in_loop
async def test_a_recorder_that_another_thread_closes_records_no_more(tmp_path: Path) -> None:
    """Nor does what comes afterwards wait for its thread, which has ended."""
    queue = queue_of(Collector("echo", echo))
    recorder = record(queue, tmp_path / "a")
    async with queue:
        await outcome(queue, Payload(1))
        await asyncio.to_thread(recorder.close)
        assert read(tmp_path / "a").complete
        for value in range(3):
            await outcome(queue, Payload(value))
    assert len(read(tmp_path / "a")) == 1
    assert (len(recorder._hooks.writer._pending), len(recorder._hooks._open)) == (0, 0)
    queue.add_instrument(recorder._hooks)  # it would be a ValueError if it were one still


def test_nobody_waits_for_a_writer_that_has_ended(tmp_path: Path) -> None:
    """A shutdown may come just then."""
    path = tmp_path / "a"
    path.touch()
    writer = Writer(str(path), 10)
    writer.end()
    writer.thread.join(20)
    told = threading.Event()
    writer.when_written(told.set)
    assert told.is_set()
    writer.flush()


@in_loop
async def test_a_flush_waits_for_what_was_put_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And for nothing else."""
    queue, held = queue_of(Collector("echo", echo)), HeldDisk(monkeypatch)
    with record(queue, tmp_path / "a") as recorder:
        async with queue:
            await outcome(queue, Payload(1))
            told = threading.Event()
            recorder._hooks.writer.when_written(told.set)
            assert held.begun.wait(20)
            assert not told.is_set()
            held.go.set()
            assert told.wait(20)
            assert len(lines_in(tmp_path / "a")) == 2
