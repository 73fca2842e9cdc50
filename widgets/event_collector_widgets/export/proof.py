"""The proof: a pytest file that replays what the notebook sent through the module."""

import json
import os
import tempfile
from pathlib import Path

from event_collector import History
from event_collector.recording import save
from event_collector_widgets.export.literals import quoted
from event_collector_widgets.export.refusals import ExportError

_TEST = '''"""Replays what a notebook sent through {module}.py, and compares the results.

It runs in a folder of its own, so that files with a relative path come there. What a
lifecycle opens by another address is opened for real.
"""

import asyncio
import importlib
from pathlib import Path

import pytest
from event_collector.recording import Recording, compare, read, record, replay

HERE = Path(__file__).resolve().parent
RECORDED = HERE / {recording}


def test_{name}_answers_as_in_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every payload gives the results that were recorded."""
    monkeypatch.syspath_prepend(HERE{folder})
    monkeypatch.chdir(tmp_path)
    recorded = read(RECORDED)
    differences = compare(recorded, asyncio.run(replayed(recorded)))
    assert differences.same, str(differences)


async def replayed(recorded: Recording) -> Recording:
    """The payloads of a recording, sent through a queue of the module."""
    queue = importlib.import_module({imported}).make_queue()
    with record(queue, "replayed.jsonl"):
        async with queue:
            await replay(recorded, queue.get_publisher(), speed=None)
            await queue.get_publisher().wait()
    return read("replayed.jsonl")
'''


def test_of(module: Path, test: Path, recording: Path) -> str:
    """The text of the test file."""
    folder = os.path.relpath(module.parent.resolve(), test.parent.resolve())
    step = "" if folder == "." else f" / {quoted(repr(Path(folder).as_posix()))}"
    return _TEST.format(
        module=module.stem,
        name=module.stem.lower(),
        recording=quoted(repr(recording.name)),
        imported=quoted(repr(module.stem)),
        folder=step,
    )


def recorded(history: History, module: str, since: int) -> tuple[bytes, int, int]:
    """A recording of the events that the present collectors got.

    Args:
        history: The history.
        module: The name of the module: the notebook's classes of errors are that one's.
        since: How many events had been accepted when the last collector came.

    Returns:
        The recording, how many events it has, and how many were left out.

    Raises:
        ExportError: There is no event, or a value cannot be recorded.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        try:
            save(history, path)
        except (TypeError, ValueError) as exc:
            said = f"the history cannot be recorded for the test, {exc}: leave test= out, and "
            raise ExportError([said + "save() it with a codec"]) from exc
        header, *lines = [json.loads(each) for each in path.read_text("ascii").splitlines()]
    events = [each for each in lines if "event" in each]
    kept = [each for each in events if each["event"] > since and each["results"] is not None]
    if not kept:
        said = "the history has no event that the present collectors have processed: send what "
        raise ExportError([said + "the test is to replay, or leave test= out"])
    for event in kept:
        for result in event["results"]:
            if result.get("error", {}).get("module") == "__main__":
                result["error"]["module"] = module
    whole = [header, *kept, {"end": len(kept), "lost": 0}]
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in whole)
    return text.encode("ascii"), len(kept), len(events) - len(kept)
