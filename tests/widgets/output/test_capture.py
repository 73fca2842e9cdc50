"""What is listened to: the streams of the moment, whoever has put them there."""

# ruff: noqa: T201 - processors print here

import gc
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.output.capture import Ears, Place
from event_collector_widgets.output.kept import Kept, Output

from event_collector import Collector, CollectorEvent, Context, Ok, Payload, Result
from event_collector.service import Service
from tests.support import in_loop
from tests.widgets.benches import a_bench


async def tell(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that prints its value."""
    print(payload.value)
    return Ok(None)


async def done(bench: Workbench, value: object = 0) -> CollectorEvent:
    """Send a value and wait for its results."""
    event = await bench.send(Payload(value))
    await event.wait()
    return event


@asynccontextmanager
async def loud(ctx: Context) -> AsyncIterator[None]:
    """A lifecycle that prints."""
    print("opened")
    yield


class Keeping:
    """Something that lives, and keeps nothing."""

    def place_of(self, service: Service) -> Place | None:
        """Nothing is his."""

    def kept(self, place: Place) -> Kept | None:
        """Nothing is kept."""


@in_loop
async def test_a_stream_that_replaces_stdout_is_heard() -> None:
    """pytest, `redirect_stdout` and `%%capture` put another one there, with or without us."""
    async with a_bench() as bench:
        await bench.put(Collector("x", tell))
        with redirect_stdout(io.StringIO()) as stream:
            event = await done(bench, "got")
        assert stream.getvalue() == "got\n"
        assert bench.output(event) == {"x": Output("got\n")}
        assert bench.output(await done(bench, "again")) == {"x": Output("again\n")}
        with redirect_stdout(io.StringIO()) as stream:
            await bench.put(opened := Collector("y", tell, lifecycle=loud))
        assert stream.getvalue() == "opened\n"
        assert bench.output(opened) == Output("opened\n")


IN_A_TERMINAL = """
import asyncio
from IPython.display import display
from event_collector import Payload
from event_collector_widgets import Workbench
async def main():
    bench = Workbench()
    @bench.collector
    async def x(payload, ctx):
        display(7)
    event = await bench.send(Payload(0))
    await event.wait()
    print(bench.output(event))
    await bench.close()
asyncio.run(main())
"""


def test_what_a_terminal_prints_for_a_display_is_not_a_text(tmp_path: Path) -> None:
    """IPython's own publisher prints the plain text: that is one display, and not a text too."""
    script = tmp_path / "script.py"
    script.write_text(IN_A_TERMINAL, "utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "IPython", "--HistoryManager.enabled=False", str(script)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "IPYTHONDIR": str(tmp_path)},
    )
    assert said.stdout.split("\n")[-3:] == ["7", "{'x': Output('', 1 display)}", ""]


@in_loop
async def test_what_cannot_be_printed_is_refused_as_ever() -> None:
    """The stream's own errors reach the processor."""

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        sys.stdout.write(7)  # type: ignore[arg-type]

    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        event = await done(bench)
        assert isinstance(event.result, list)
        assert [type(error.exception) for error in event.result.errors] == [TypeError]


@in_loop
async def test_a_missing_stdout_is_no_trouble() -> None:
    """`pythonw` has none: nothing can be printed. What goes to stderr is heard still."""

    async def complain(payload: Payload[Any], ctx: Context) -> Result:
        print(payload.value, file=sys.stderr)
        return Ok(payload.value)

    out, sys.stdout = sys.stdout, None
    try:
        async with a_bench() as bench:
            await bench.put(Collector("x", complain))
            with redirect_stderr(io.StringIO()):
                event = await done(bench, 2)
            assert event.result == [Ok(2)]
            assert bench.output(event) == {"x": Output("2\n")}
    finally:
        sys.stdout = out


def test_streams_are_as_they_were_when_nobody_keeps_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that had a `write` of its own has it again; what is on top of ours is left alone."""
    plain, own, topped = io.StringIO(), io.StringIO(), io.StringIO()
    monkeypatch.setattr(own, "write", plain.write)
    before, ears, said = own.write, Ears(), list[str]()
    ears.on_end.append(lambda: said.append("end"))
    for out, err in ((plain, own), (topped, topped)):
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        ears.attach()
        heard = out.write
        ears.attach()
        assert out.write is heard
    other = Keeping()
    ears.listen_for(other)
    ears.listen_for(keeping := Keeping())
    monkeypatch.setattr(topped, "write", on_top := partial(topped.write))
    del keeping
    gc.collect()
    assert (hasattr(plain.write, "is_ours"), said) == (True, [])
    del other
    gc.collect()
    assert (hasattr(plain.write, "is_ours"), said) == (False, ["end"])
    assert (own.write, topped.write) == (before, on_top)
    print("through", file=topped)
    assert topped.getvalue() == "through\n"
