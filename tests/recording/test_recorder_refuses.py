"""record refuses at once what it cannot record, or may not write to, and makes no file."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector
from event_collector.recording import read, record
from tests.support import echo, queue_of, run


def threads() -> list[str]:
    """The writers that are at work."""
    return [each.name for each in threading.enumerate() if "recording" in each.name]


def test_an_existing_file_is_refused_unless_it_may_be_replaced(tmp_path: Path) -> None:
    """And stays as it was; the queue has no recorder then."""
    path = tmp_path / "a"
    path.write_text("theirs", encoding="utf-8")
    queue = queue_of(Collector("echo", echo))
    with pytest.raises(FileExistsError, match="exists already; pass overwrite=True"):
        record(queue, path)
    assert path.read_text(encoding="utf-8") == "theirs"
    with record(queue, path, overwrite=True):
        pass
    assert len(read(path)) == 0
    assert list(tmp_path.iterdir()) == [path]


def test_two_recorders_on_one_path_are_refused(tmp_path: Path) -> None:
    """Also with overwrite: the first would write where nobody looks."""
    queue = queue_of(Collector("echo", echo))
    with record(queue, tmp_path / "a"):
        with pytest.raises(ValueError, match="is being recorded to already"):
            record(queue_of(), str(tmp_path / "a"), overwrite=True)
        with record(queue, tmp_path / "b"):
            assert len(threads()) == 2
    assert threads() == []
    record(queue, tmp_path / "a", overwrite=True).close()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"max_pending": 0}, ValueError, "max_pending must be >= 1, got 0"),
        ({"max_pending": 1.5}, TypeError, "max_pending must be an int, got float"),
        ({"overwrite": 1}, TypeError, "overwrite must be a bool, got int: 1"),
        ({"codec": [1]}, TypeError, "codec must be a mapping, got list"),
    ],
)
def test_wrong_arguments_make_no_file(
    tmp_path: Path, options: Any, error: type[Exception], said: str
) -> None:
    """Decision 24: refused at once."""
    with pytest.raises(error, match=said):
        record(queue_of(), tmp_path / "a", **options)
    with pytest.raises(TypeError, match="queue must be a CollectorQueue, got int: 1"):
        record(1, tmp_path / "a")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    assert threads() == []


def test_a_queue_that_runs_elsewhere_is_refused(tmp_path: Path) -> None:
    """And no file is made for it."""
    queue = queue_of()

    async def main() -> None:
        async with queue:
            await asyncio.to_thread(elsewhere)

    def elsewhere() -> None:
        with pytest.raises(RuntimeError, match=r"record\(\) was called outside the thread"):
            record(queue, tmp_path / "a")

    run(main())
    assert list(tmp_path.iterdir()) == []
