"""The README keeps its word: its example, its commands and its links."""

import ast
import asyncio
import inspect
import re
import subprocess
import sys
from typing import Any

import pytest

from event_collector import CollectorQueue
from tests import readme

ROOT = readme.README.parent


def test_the_example_prints_what_the_readme_shows() -> None:
    """The first program of the README, run as a script, gives the output below it."""
    program = [sys.executable, "-W", "error", "-c", readme.example()]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""
    assert ran.stdout == readme.output()


def test_the_example_has_at_most_fifteen_lines() -> None:
    """Blank lines do not count."""
    assert len([line for line in readme.example().splitlines() if line]) <= 15


def test_the_simulation_prints_what_the_readme_shows() -> None:
    """The second program: its clock is virtual, so its figures are the same everywhere."""
    program = [sys.executable, "-W", "error", "-c", readme.blocks("python")[1]]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""
    assert f"It prints `{ran.stdout.strip()}`." in readme.README.read_text(encoding="utf-8")


def test_the_notebook_example_runs_as_a_cell() -> None:
    """The third program runs where `await` may stand at the top, as in a cell."""

    async def cell() -> Any:
        code = compile(
            readme.blocks("python")[2], "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        names: dict[str, Any] = {}
        running = eval(code, names)
        assert inspect.iscoroutine(running)
        await running
        await names["bench"].close()
        return names["event"].result

    assert repr(asyncio.run(cell())) == "ResultList([Ok(True)])"


def test_each_command_is_one_line_and_needs_python3_only() -> None:
    """Whoever pastes a command needs a fresh clone and python3, nothing else."""
    assert len(readme.commands()) == 4
    for command in readme.commands():
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    """Decision 36: at most 150 lines; every link a file, the picture under 300 KB."""
    text = readme.README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / link.partition("#")[0]).is_file(), link
    assert (ROOT / "notebooks/images/playground.png").stat().st_size < 300_000


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", ".python-version"])
def test_the_files_that_convention_needs_are_there(name: str) -> None:
    """A licence, what changed, and the Python to use."""
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_what_a_processor_sees_of_context_variables_is_told_in_one_place() -> None:
    """Decision 28: the README and the docstring of the queue point to it."""
    told = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    section = told.partition("\n## Context variables\n")[2]
    for word in ("carry_context=True", "**started**", "**sent**", "send_threadsafe", "lifecycle"):
        assert word in section
    assert '`notebooks/README.md`, "Context variables"' in (CollectorQueue.__doc__ or "")
    assert "(notebooks/README.md#context-variables)" in readme.README.read_text(encoding="utf-8")
