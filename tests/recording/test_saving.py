"""save: what a History has kept, in a file, all of it or nothing."""

import stat
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, History, Payload
from event_collector.recording import compare, read, record, save
from tests.recording.recordings import CODEC, as_text, kept, lines_in
from tests.support import Gate, echo, in_loop, queue_of, settle


@in_loop
async def test_a_history_is_saved_as_it_would_have_been_recorded(tmp_path: Path) -> None:
    """Line for line, times included, but for the order in which events were done."""
    queue = queue_of(Collector("echo", echo))
    history = History(queue)
    with record(queue, tmp_path / "recorded"):
        async with queue:
            await queue.get_publisher().send_all([Payload(n) for n in range(20)])
    save(history, tmp_path / "saved")
    saved, recorded = lines_in(tmp_path / "saved"), lines_in(tmp_path / "recorded")
    assert (saved[0], saved[-1]) == (recorded[0], recorded[-1])
    assert as_text(read(tmp_path / "saved")) == as_text(read(tmp_path / "recorded"))
    assert stat.S_IMODE((tmp_path / "saved").stat().st_mode) == 0o600


@in_loop
async def test_events_that_are_not_done_are_saved_too(tmp_path: Path) -> None:
    """Without a result."""
    gate = Gate()
    queue = queue_of(Collector("gate", gate))
    history = History(queue)
    async with queue:
        await queue.get_publisher().send(Payload(1))
        await settle()
        save(history, tmp_path / "a")
        gate.open()
    (event,) = read(tmp_path / "a")
    assert (event.status, event.payload.value) == ("in service", 1)
    assert not history[0].retrieved


@in_loop
async def test_a_part_of_a_recording_can_be_saved(tmp_path: Path) -> None:
    """With what is known of the whole: the queue, and what is missing."""
    history = await kept(*map(Payload, range(5)))
    save(history, tmp_path / "a")
    whole = read(tmp_path / "a")
    part = whole.filter(lambda event: event.payload.value > 2)
    save(part, tmp_path / "b")
    again = read(tmp_path / "b")
    assert as_text(again) == as_text(part)
    assert again.header == whole.header
    assert again.complete
    path = tmp_path / "a"
    path.write_bytes(path.read_bytes()[:-5])
    save(read(path), tmp_path / "c")
    assert not read(tmp_path / "c").ended


@in_loop
async def test_a_refusal_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")
    history = await kept(Payload(1), Payload({"a": (1,)}))
    with pytest.raises(TypeError, match=r"event 2: payload\['a'\] is tuple, which JSON does not"):
        save(history, path, overwrite=True)
    with pytest.raises(FileExistsError, match="exists already; pass overwrite=True, or give"):
        save(history, path, codec=CODEC)
    assert path.read_text(encoding="utf-8") == "old"
    save(history, str(path), codec=CODEC, overwrite=True)
    assert [event.payload.value for event in read(path, codec=CODEC)] == [1, {"a": (1,)}]


@in_loop
async def test_a_path_that_is_recorded_to_is_refused(tmp_path: Path) -> None:
    """The recorder would write on, into a file that nobody sees."""
    history = await kept(Payload(1))
    recorder = record(queue_of(), tmp_path / "a")
    with pytest.raises(ValueError, match="is being recorded to already"):
        save(history, tmp_path / "a", overwrite=True)
    recorder.close()


@in_loop
async def test_a_history_whose_queue_is_gone_is_saved_without_one(tmp_path: Path) -> None:
    """What it was, nobody knows any more."""

    class Gone(History):
        """As one whose queue was collected."""

        @property
        def queue(self) -> CollectorQueue | None:
            return None

    save(Gone(queue_of()), tmp_path / "a")
    assert read(tmp_path / "a").header["queue"] is None
    assert compare(read(tmp_path / "a"), read(tmp_path / "a")).same


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ([[1]], {}, r"save\(\) takes a History, got list: \[1\]; pass History\(queue\)"),
        ([None], {"overwrite": 1}, "overwrite must be a bool, got int: 1"),
        ([None], {"codec": 1}, "codec must be a mapping, got int: 1"),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, arguments: list[Any], options: Any, said: str
) -> None:
    """Decision 24."""
    what = History(queue_of()) if arguments == [None] else arguments[0]
    with pytest.raises(TypeError, match=said):
        save(what, tmp_path / "a", **options)
    assert not (tmp_path / "a").exists()
