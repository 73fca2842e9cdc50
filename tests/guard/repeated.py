"""All notebooks again and again while the cores are busy: no run may differ from the others."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUSY = "while True: sum(range(10_000))"
"""What keeps a core busy."""


@contextmanager
def busy(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Within it so many processes compute all the time."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def repeat(
    times: int, load: int, notebooks: Sequence[Path], say: Callable[[str], object]
) -> list[int]:
    """Run notebooks with the guard as the README's test command does, so many times.

    Args:
        times: How often.
        load: How many processes compute meanwhile.
        notebooks: Which; the project's own if there are none.
        say: Gets a line for each run, and what pytest said of one that was red.

    Returns:
        The numbers of the runs that were red, from 1.
    """
    paths = [str(each) for each in notebooks or [ROOT / "notebooks"]]
    ours = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    command = [sys.executable, "-m", "pytest", *ours, "-q", "-n", "auto", "--color=no", *paths]
    folders = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    environment = {**os.environ, "PYTHONPATH": folders}
    red = []
    with busy(load):
        for number in range(1, times + 1):
            begun = time.monotonic()
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            last = (done.stdout.strip().splitlines() or [""])[-1]
            say(f"run {number} of {times}: {last}, {time.monotonic() - begun:.0f} s")
            if done.returncode:
                red.append(number)
                say(done.stdout + done.stderr)
    say(f"{times - len(red)} of {times} runs green" + (f", red: {red}" if red else ""))
    return red
