"""The pytest plugin, in runs of pytest on small notebooks: in order, closed, repeated, told."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from event_collector_widgets.guard.runner.session import begin
from nbformat.v4 import new_code_cell, new_notebook

LAX = "--nbval-lax --nbval-current-env --notebook-guard"

PLUGINS = (
    *("-p", "nbval.plugin", "-p", "nbmake.pytest_plugin", "-p", "xdist.plugin"),
    *("-p", "event_collector_widgets.guard.plugin"),
)
"""Those that are needed: each of the others takes its time at every start."""

HEALTHY = ["x = 1", "x += 1", "assert x == 2"]
CRASH = [
    "import asyncio",
    "async def crash():\n    await asyncio.sleep(0)\n    1 / 0",
    "t = asyncio.create_task(crash())",
    "x = 1",
]
PENDING = ["import asyncio", "t = asyncio.create_task(asyncio.sleep(1000), name='left')", "1 / 0"]
DEAD = ["import os", "os._exit(1)", "x = 1"]

SHUFFLED = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"
"""A conftest that brings the items out of order, as plugins for a random order do."""


def save(folder: Path, **notebooks: list[str]) -> None:
    """Write notebooks of these cells."""
    for name, cells in notebooks.items():
        made: Any = [new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
        notebook: Any = new_notebook(cells=made)  # type: ignore[no-untyped-call]
        nbformat.write(notebook, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]


def run(folder: Path, options: str, **environment: str) -> tuple[int, str]:
    """Run pytest in a folder; return its exit code, and what it said."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "-v", "-rA", *PLUGINS, *options.split()],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def outcomes(said: str) -> list[tuple[str, str]]:
    """Each item with its outcome, as the summary has them."""
    return re.findall(r"^(PASSED|FAILED) (.+?\.ipynb.*?::[\w. ]+?)(?: - .*)?$", said, re.MULTILINE)


def test_pytest_loads_nothing_for_the_plugin_without_its_options(tmp_path: Path) -> None:
    """Each start of pytest imports it: three small modules, and no module besides."""
    code = "import sys, pytest; pytest.main(sys.argv[1:]); print(*sys.modules)"

    def loaded(*options: str) -> set[str]:
        command = [sys.executable, "-c", code, "--version", "--version", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return set(done.stdout.splitlines()[-1].split())

    package = "event_collector_widgets"
    ours = {package, f"{package}.guard", f"{package}.guard.plugin"}
    assert loaded() - loaded("-p", "no:event_collector_notebooks") == ours


def test_what_fails_beside_the_cells_is_told_with_its_place(tmp_path: Path) -> None:
    """Notebook, cell and line; each notebook is in order and closed, whatever shuffles the items,
    whatever failed before, and where its kernel is dead a line says so."""
    save(tmp_path, healthy=HEALTHY, crash=CRASH, pending=PENDING, dead=DEAD)
    (tmp_path / "conftest.py").write_text(SHUFFLED, encoding="utf-8")
    code, said = run(tmp_path, LAX)
    assert code == 1
    failed = {item for outcome, item in outcomes(said) if outcome == "FAILED"}
    assert failed == {
        "crash.ipynb::Cell 2",
        "pending.ipynb::Cell 2",
        "pending.ipynb::closing",
        "dead.ipynb::Cell 1",
        "dead.ipynb::Cell 2",
        "dead.ipynb::closing",
    }
    assert (
        "\ncrash.ipynb, In[2], line 3: GuardError: task of crash() failed, made in this cell: "
        "ZeroDivisionError: division by zero\n"
    ) in said
    assert "\npending.ipynb, In[3], line 1: ZeroDivisionError: division by zero\n" in said
    assert "\npending.ipynb, In[2]: GuardError: task 'left' of sleep() was still pending" in said
    assert "\ndead.ipynb, In[2]: the kernel died while this cell ran\n" in said
    assert "\ndead.ipynb, at its end: the kernel is dead, so that nothing could be closed" in said


def test_a_run_that_stops_early_closes_the_notebook_all_the_same(tmp_path: Path) -> None:
    """With -x; a line says so, and what was found."""
    save(tmp_path, pending=PENDING)
    code, said = run(tmp_path, f"{LAX} -x -n 1")
    assert code == 1 or code == 2  # what xdist makes of -x
    assert "pending.ipynb: the run stopped before its end; it was closed then, GuardError" in said


def test_a_chosen_cell_is_followed_by_the_closing(tmp_path: Path) -> None:
    """With -k; the number is that of the cell in its notebook, though others did not run."""
    save(tmp_path, healthy=HEALTHY)
    code, said = run(tmp_path, f"{LAX} -k 1")
    assert code == 1
    assert outcomes(said) == [
        ("PASSED", "healthy.ipynb::closing"),
        ("FAILED", "healthy.ipynb::Cell 1"),
    ]
    assert "healthy.ipynb, In[2], line 1: NameError: name 'x' is not defined" in said


@pytest.mark.long
def test_cells_stay_together_in_several_processes_and_repeats_are_compared(tmp_path: Path) -> None:
    """xdist's own choice tears notebooks apart. A cell that differs is named, and fails the run."""
    count = "with open('runs', 'a') as runs:\n    print(0, file=runs)"
    differs = [count, "print(len(open('runs').read().split()) > 2)"]
    save(tmp_path, healthy=HEALTHY, differs=differs)
    code, said = run(tmp_path, f"{LAX} --notebook-repeat 3 -n 2")
    assert "differs.ipynb, In[2]: differed in 1 of 3 runs" in said
    assert {outcome for outcome, _ in outcomes(said)} == {"PASSED"}
    assert code == 1
    assert "healthy.ipynb[run 3]::closing" in said


@pytest.mark.long
def test_nbmake_is_guarded_too(tmp_path: Path) -> None:
    """One item for the notebook, and one for its closing."""
    save(tmp_path, crash=CRASH, pending=PENDING[:2])
    code, said = run(tmp_path, "--nbmake --notebook-guard")
    assert code == 1
    assert "crash.ipynb, In[2], line 3: GuardError: task of crash() failed" in said
    assert "pending.ipynb, In[2]: GuardError: task 'left' of sleep() was still pending" in said
    assert {item: outcome for outcome, item in outcomes(said)} == {
        "crash.ipynb::crash.ipynb": "FAILED",
        "crash.ipynb::closing": "PASSED",
        "pending.ipynb::pending.ipynb": "PASSED",
        "pending.ipynb::closing": "FAILED",
    }


def test_the_environment_of_the_kernels_is_the_same_everywhere(tmp_path: Path) -> None:
    """Backend, hash seed and time zone; a start-up file of the user runs first; tests see none."""
    (tmp_path / "mine.py").write_text("mine = 'mine'", encoding="utf-8")
    looked = "import os, sys, time\nseed = os.environ['PYTHONHASHSEED']"
    asserted = (
        "assert (mine, seed, time.tzname[0]) == ('mine', '0', 'UTC')\n"
        "assert 'inline' in os.environ['MPLBACKEND']\n"
        "assert os.environ['PYTHONSTARTUP'].endswith('mine.py')\n"
        "assert '_load_the_guard' not in globals()"
    )
    save(tmp_path, notebook=[looked, asserted])
    (tmp_path / "test_it.py").write_text(
        "import os\ndef test_it():\n    assert os.environ['MPLBACKEND'] == 'Agg'\n"
        "    assert os.environ['PYTHONSTARTUP'] == 'mine.py'\n",
        encoding="utf-8",
    )
    environment = {"MPLBACKEND": "Agg", "PYTHONSTARTUP": "mine.py", "TZ": "Asia/Tokyo"}
    code, said = run(tmp_path, LAX, **environment)
    assert code == 0, said


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"nbval": False}, "are about notebooks that nbval or nbmake run; add --nbval"),
        ({"notebook_repeat": 0}, "--notebook-repeat must be >= 1, got 0"),
        ({"dist": "loadgroup"}, "use --dist loadfile"),
    ],
)
def test_options_that_do_not_serve_are_refused(options: dict[str, Any], error: str) -> None:
    """At once, with what to write."""
    given = {"nbval": True, "notebook_guard": True, "notebook_repeat": None, **options}
    config: Any = SimpleNamespace(option=SimpleNamespace(**given))
    with pytest.raises(pytest.UsageError, match=error):
        begin(config)
