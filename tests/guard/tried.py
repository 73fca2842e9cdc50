"""Tries rows by a runner, in some Python: each faulty one has to be red, each mended one green."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.guard.notebooks import Plan, plan
from tests.guard.row import Row

ROOT = Path(__file__).parents[2]
DRIVE = Path(__file__).with_name("drive.py")
RUNNERS = ("nbclient", "strict", "lax")
LIMIT = 300.0
"""Seconds for a notebook."""


def run(made: Plan, runner: str, python: str = sys.executable) -> list[str]:
    """Run a notebook by a runner; return of each cell why it has failed.

    Raises:
        RuntimeError: The runner itself failed.
    """
    settings = {"EVENT_COLLECTOR_GUARD_UNDELIVERED": "error"}
    if runner != "nbclient":
        settings["EVENT_COLLECTOR_GUARD"] = "runner"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    environment = {**os.environ, **settings, "PYTHONPATH": paths, "MPLBACKEND": "Agg"}
    for name in [name for name in environment if name.startswith(("PYTEST", "COV_"))]:
        del environment[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.ipynb"
        made.write(path)
        command = [python, str(DRIVE), runner, str(path)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    if done.returncode:
        raise RuntimeError(f"{runner} failed:\n{done.stdout}\n{done.stderr}")
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def differences(
    rows: Sequence[Row], runner: str, python: str = sys.executable, *, faulty: bool
) -> list[str]:
    """What is not as it has to be when rows are run by a runner, in words."""
    made = plan(rows, faulty=faulty, runner=runner != "nbclient")
    return made.differences(run(made, runner, python))
