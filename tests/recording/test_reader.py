"""read: what is in a file, sorted by acceptance; what is torn or missing is told."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, Payload, __version__
from event_collector.recording import RecordingError, read
from tests.recording.recordings import CODEC, an_event, header, kept, recorded, write_lines
from tests.support import echo, in_loop

END = {"end": 2, "lost": 0}


def test_events_are_sorted_by_acceptance(tmp_path: Path) -> None:
    """In the file they stand in the order in which they were done."""
    path = write_lines(tmp_path / "a", header(), an_event(2), an_event(1), END)
    assert [event.id for event in read(path)] == [1, 2]
    assert [event.id for event in read(str(path))] == [1, 2]
    assert read(path)[-1].id == 2


def test_a_torn_last_line_is_told_and_what_is_whole_is_read(tmp_path: Path) -> None:
    """The process was killed while it wrote."""
    path = write_lines(tmp_path / "a", header(), an_event(1), an_event(2))
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-20], encoding="utf-8")
    recording = read(path)
    assert (len(recording), recording.torn, recording.complete) == (1, True, False)
    assert repr(recording) == (
        f"Recording({str(path)!r}, 1 event, the last line is torn, and left out, "
        "it has no end: the process was killed, or still records)"
    )


def test_a_last_line_that_only_lacks_its_break_is_whole(tmp_path: Path) -> None:
    """An editor may have taken it."""
    path = write_lines(tmp_path / "a", header(), an_event(1), an_event(2), END)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert read(path).complete


def test_events_that_a_killed_process_had_not_done_are_told(tmp_path: Path) -> None:
    """They were accepted: their numbers are missing."""
    path = write_lines(tmp_path / "a", header(), an_event(3), an_event(7), {"gap": 1}, an_event(5))
    recording = read(path)
    assert (recording.unseen, recording.lost, recording.ended) == (1, 1, False)
    assert recording.notes == [
        "1 event not recorded",
        "it has no end: the process was killed, or still records",
        "1 event accepted, and without a line",
    ]


def test_lines_that_were_taken_out_are_missed(tmp_path: Path) -> None:
    """The end says how many there were."""
    path = write_lines(tmp_path / "a", header(), an_event(1), {"end": 4, "lost": 2})
    assert (read(path).lost, read(path).complete) == (5, False)


def test_an_event_without_a_result_waits_for_nothing(tmp_path: Path) -> None:
    """It is in no queue."""
    line = an_event(1, results=None, taken_at=None, consumer=None, finished_at=None)
    path = write_lines(tmp_path / "a", header(), line, {"end": 1, "lost": 0})
    (event,) = read(path).unfinished
    assert (event.status, event.result) == ("queued", None)

    @in_loop
    async def wait() -> None:
        with pytest.raises(RuntimeError, match="event 1 was recorded without a result, and will"):
            await event.wait()

    wait()


@in_loop
async def test_a_filter_keeps_what_is_asked_for(tmp_path: Path) -> None:
    """The rest stays as it is."""
    recording = await recorded(tmp_path / "a", *map(Payload, range(5)))
    few = recording.filter(lambda event: event.payload.value > 2)
    assert [event.payload.value for event in few] == [3, 4]
    assert (few.path, few.header, few.complete) == (recording.path, recording.header, True)
    with pytest.raises(TypeError, match=r"filter\(\) takes a function of an event, got str: 'Ok'"):
        recording.filter("Ok")  # type: ignore[arg-type]


@in_loop
async def test_a_frame_is_that_of_a_history(tmp_path: Path) -> None:
    """With the same columns and cells."""
    from pandas.testing import assert_frame_equal

    from event_collector.recording import save

    history = await kept(Payload(1), Payload({"a": 2}, keys=["echo"]), Payload(3, keys=["no"]))
    save(history, tmp_path / "a")
    assert_frame_equal(read(tmp_path / "a").to_frame(), history.to_frame())


@in_loop
async def test_a_codec_is_for_reading_too(tmp_path: Path) -> None:
    """Without it the line is refused, with what to do."""
    await recorded(tmp_path / "a", Payload((1, b"x")), codec=CODEC)
    assert read(tmp_path / "a", codec=CODEC)[0].payload.value == (1, b"x")
    with pytest.raises(RecordingError, match=r"line 2, has a 'bytes' of a codec; give codec= with"):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a recording: it has no first line; give a file of record() or save()"),
        ("a,b\n1,2\n", "is not a recording: its first line is 'a,b'; give a file of record() or"),
        ('{"a": 1}\n', "is not a recording: its first line is"),
        ("\x00\ud800", "is not a recording: its first line is"),
        ("[" * 100_000, "is not a recording: its first line is"),
        (
            '{"recording": 7, "toolkit": "9.1.0"}\n',
            (
                f"has version 7 of the format, written by event-collector-toolkit 9.1.0; this is "
                f"{__version__}, "
                "which reads versions up to 1; install a later one"
            ),
        ),
        ('{"recording": "x"}\n', "has version 'x' of the format"),
    ],
)
def test_a_file_that_is_not_a_recording_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With what it is, and the versions."""
    path = tmp_path / "a"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(RecordingError, match=re.escape(f"{str(path)!r} {said}")) as raised:
        read(path)
    assert (raised.value.path, raised.value.line) == (str(path), None)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([an_event(1), an_event(1)], "tells of event 1 once more"),
        ([an_event(1), header()], "is another header; read each recording by itself"),
        ([{"end": 0, "lost": 0}, an_event(1)], "comes after the end of the recording"),
        ([an_event(1), {"event": 2}], "has no 'payload'"),
        ([an_event(1), an_event(2, delivery="all")], "'all' is not a valid Delivery"),
        ([an_event(1), an_event("2")], "is not as it should be (TypeError: event must be an int"),  # type: ignore[arg-type]
        ([an_event(1), an_event(2, results=[{}])], "has no 'ok'"),
        ([an_event(1), an_event(2, results=5)], "is not as it should be (TypeError"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_number(
    tmp_path: Path, lines: list[dict[str, Any]], said: str
) -> None:
    """Somebody has edited it; nothing is guessed."""
    path = write_lines(tmp_path / "a", header(), *lines)
    with pytest.raises(RecordingError, match=re.escape(f"{str(path)!r}, line 3, {said}")) as raised:
        read(path)
    assert raised.value.line == 3


def test_a_line_that_is_torn_in_the_middle_is_refused(tmp_path: Path) -> None:
    """Only the last may be."""
    path = write_lines(tmp_path / "a", header(), an_event(1))
    path.write_text(path.read_text(encoding="utf-8") + '{"event": \n{}\n', encoding="utf-8")
    with pytest.raises(RecordingError, match=r"line 3, is not JSON \(JSONDecodeError: Expecting"):
        read(path)


def test_reading_runs_no_code_of_the_file(tmp_path: Path) -> None:
    """An exception's class is a name, whatever it names."""
    said = {"module": "os", "type": "system", "message": "echo", "traceback": "t"}
    line = an_event(1, results=[{"collector": "x", "error": said}])
    path = write_lines(tmp_path / "a", header(), line)
    result = read(path)[0].result
    assert result is not None
    assert repr(result) == "ResultList([Error(system: echo)])"
    said["type"] = "a\0b"
    write_lines(tmp_path / "a", header(), line)
    with pytest.raises(RecordingError, match="line 2"):
        read(path)


def test_what_is_not_there_is_told_as_for_any_file(tmp_path: Path) -> None:
    """A folder too."""
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "no")
    with pytest.raises(IsADirectoryError, match="is a folder; give the path of a recording in it"):
        read(tmp_path)
    with pytest.raises(TypeError, match="path must be a str or a Path, got int: 3"):
        read(3)  # type: ignore[arg-type]


@in_loop
async def test_a_recording_says_what_it_is_in_one_line(tmp_path: Path) -> None:
    """Decision 26. Payloads of a gigabyte are not in it."""
    recording = await recorded(
        tmp_path / "a", Payload("x" * 10_000), collectors=[Collector("a", echo)]
    )
    assert repr(recording) == f"Recording({str(tmp_path / 'a')!r}, 1 event)"
    assert len(repr(recording[0].payload)) < 200
    assert recording.header["queue"]["collectors"] == ["a"]
    with pytest.raises(IndexError, match="the Recording has no event at 4, it has 1"):
        recording[4]
    with pytest.raises(TypeError, match="take a slice of list"):
        recording[:2]  # type: ignore[index]


def test_a_process_that_was_killed_leaves_what_it_has_written(tmp_path: Path) -> None:
    """SIGKILL, in the middle of its work: no line is lost that the thread has handed over."""
    path = tmp_path / "a"
    code = f"""
import asyncio
from event_collector import Collector, CollectorQueue, Ok, Payload
from event_collector.recording import record
async def echo(payload, ctx):
    return Ok(payload.value)
queue = CollectorQueue([Collector("echo", echo)], min_consumers=1, max_consumers=1)
async def main():
    with record(queue, {str(path)!r}) as recorder:
        async with queue:
            await queue.get_publisher().send_all([Payload("x" * 100) for _ in range(100)])
            await queue.get_publisher().wait()
            while recorder.recorded < 100:
                await asyncio.sleep(0.001)
            print("written", flush=True)
            while True:
                await queue.get_publisher().send(Payload("x" * 100))
asyncio.run(main())
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.kill()
    recording = read(path)
    assert len(recording) >= 100
    assert all(event.done for event in recording)
    assert (recording.ended, recording.complete) == (False, False)
