"""The benchmark of the panels, run small: every figure is printed, whatever it is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import panels, within
from event_collector import Payload
from tests.support import in_loop

ROOT = Path(panels.__file__).parents[1]

FIGURES = [
    "widgets of a panel",
    "repaints a second under load",
    "messages a second under load",
    "Send answers while",
    "a row opens while",
    "events a second meanwhile",
    "repaints a second when nothing changes",
    "messages a second when nothing changes",
    r"repaint of 200 of [\d,]+ collectors",
    r"repaint of 200 of [\d,]+ events",
    "a text sought in",
    "an event in a bare queue",
    "workbench / bare queue",
    "workbench / without output and gauges",
    "with its panels shown / workbench",
]


@pytest.mark.long
def test_a_small_run_prints_every_figure() -> None:
    """In a real kernel, with real clicks; no figure makes it fail, so no machine is too slow."""
    program = [sys.executable, "-m", "benchmarks.panels", "--scale", "0.001"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'widgets'}"}
    ran = subprocess.run(
        program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()[1:]
    assert len(lines) == len(FIGURES)
    for wanted, line in zip(FIGURES, lines, strict=True):
        assert re.match(rf"{wanted}.* \d", line), line


def test_a_scale_is_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not one is refused before a kernel is started."""
    with pytest.raises(SystemExit):
        panels.main(["--scale", "2"])
    assert "must be a number above 0 and at most 1, got '2'" in capsys.readouterr().err


@in_loop
async def test_every_side_processes_the_same_events() -> None:
    """Bare or with a workbench, one collector gets each of them."""
    for name in within.SIDES:
        async with within.side(name) as queue:
            await queue.get_publisher().send_all([Payload(number) for number in range(10)])
            await queue.get_publisher().wait()
            assert queue.metrics().finished == 10, name


@in_loop
async def test_the_side_without_gauges_has_none() -> None:
    """Else the ratio would compare a workbench with itself."""
    hooks = {}
    for name in within.SIDES:
        async with within.side(name) as queue:
            hooks[name] = len(queue._consumers.hooks.timed)
    assert hooks == {"bare": 0, "without": 0, "bench": 1, "shown": 1}
