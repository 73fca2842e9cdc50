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

OWN = "warnings.warn('old', DeprecationWarning)"
LIBRARY = f"""
import logging, warnings
{OWN}
with warnings.catch_warnings(record=True) as caught:
    {OWN}
for each in caught:
    logging.warning(each.message)
"""
"""It warns as matplotlib does: right away, and by its log."""

SHUFFLED = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"
"""A conftest that brings the items out of order, as plugins for a random order do."""


def save(folder: Path, **notebooks: list[str]) -> None:
    """Write notebooks of these cells, which have run and shown nothing."""
    for name, cells in notebooks.items():
        made: Any = [
            new_code_cell(cell, execution_count=number)  # type: ignore[no-untyped-call]
            for number, cell in enumerate(cells, 1)
        ]
        notebook: Any = new_notebook(cells=made)  # type: ignore[no-untyped-call]
        nbformat.write(notebook, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]


def tag(path: Path, number: int) -> None:
    """Tag a cell of a notebook as one that fails on purpose."""
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells[number].metadata["tags"] = ["expect-errors"]
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def run(folder: Path, options: str | list[str], **environment: str) -> tuple[int, str]:
    """Run pytest in a folder; return its exit code, and what it said."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    given = options.split() if isinstance(options, str) else options
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "-v", "-rA", *PLUGINS, *given],
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
        "\ncrash.ipynb, In[2], line 3: GuardError: task of crash() failed, made in In[3]: "
        "ZeroDivisionError: division by zero\n"
    ) in said
    assert "\npending.ipynb, In[3], line 1: ZeroDivisionError: division by zero\n" in said
    assert "\npending.ipynb, In[2]: GuardError: task 'left' of sleep() was still pending" in said
    assert "\ndead.ipynb, In[2]: the kernel died while this cell ran\n" in said
    assert "\ndead.ipynb, at its end: the kernel is dead, so that nothing could be closed" in said


@pytest.mark.long
def test_a_run_that_stops_early_closes_the_notebook_all_the_same(tmp_path: Path) -> None:
    """With -x; a line says so, and what was found."""
    save(tmp_path, pending=PENDING)
    code, said = run(tmp_path, f"{LAX} -x -n 1")
    assert code == 1 or code == 2  # what xdist makes of -x
    assert "pending.ipynb: the run stopped before its end; it was closed then, GuardError" in said


BESIDES = "run besides those chosen, which come after and may need them"


@pytest.mark.long
def test_a_chosen_cell_is_run_with_those_before_it_and_the_closing(tmp_path: Path) -> None:
    """With -k, or by its id; a line says so. Those after it are not run."""
    save(tmp_path, healthy=HEALTHY, other=["x = 1"])
    for choice in (["-k", "1"], ["healthy.ipynb::Cell 1"]):
        code, said = run(tmp_path, [*LAX.split(), *choice])
        assert outcomes(said) == [
            ("PASSED", "healthy.ipynb::Cell 0"),
            ("PASSED", "healthy.ipynb::Cell 1"),
            ("PASSED", "healthy.ipynb::closing"),
        ]
        assert f"healthy.ipynb: 1 cell was {BESIDES}" in said
        assert code == 0


@pytest.mark.long
def test_what_failed_last_is_run_with_the_cells_before_it(tmp_path: Path) -> None:
    """With --lf: a cell fails for its own fault again, and is green when that is mended; of a
    closing that has failed, all of the notebook is run."""
    save(tmp_path, crash=CRASH, pending=PENDING[:2], healthy=HEALTHY)
    run(tmp_path, LAX)
    again = [
        *(("PASSED", f"crash.ipynb::Cell {number}") for number in (0, 1)),
        *(("PASSED", f"pending.ipynb::Cell {number}") for number in (0, 1)),
        ("PASSED", "crash.ipynb::closing"),
        ("FAILED", "crash.ipynb::Cell 2"),
        ("FAILED", "pending.ipynb::closing"),
    ]
    for paths in ("", "crash.ipynb pending.ipynb healthy.ipynb"):
        _, said = run(tmp_path, f"{LAX} --lf {paths}")
        assert sorted(outcomes(said)) == sorted(again)
        assert f"crash.ipynb: 2 cells were {BESIDES}" in said
        assert "crash.ipynb, In[3]" not in said
        assert "crash.ipynb, In[2], line 3: GuardError: task of crash() failed" in said
    save(tmp_path, crash=HEALTHY, pending=HEALTHY)
    code, said = run(tmp_path, f"{LAX} --lf")
    assert code == 0, said


@pytest.mark.long
def test_a_notebook_is_left_out_where_none_of_its_cells_was_chosen(tmp_path: Path) -> None:
    """Its closing alone is not a reason to run it, unless that is asked for by its id."""
    save(tmp_path, healthy=HEALTHY)
    (tmp_path / "conftest.py").write_text(
        "import pytest\ndef pytest_collection_modifyitems(items):\n    for item in items:\n"
        "        if hasattr(item, 'cell_num'): item.add_marker(pytest.mark.long)\n"
    )
    code, said = run(tmp_path, [*LAX.split(), "-o", "markers=long", "-m", "not long"])
    assert (code, outcomes(said)) == (5, [])
    code, said = run(tmp_path, f"{LAX} healthy.ipynb::closing")
    assert len(outcomes(said)) == 4


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
    """One item for the notebook, and one for its closing; it tells the guard a cell's tags."""
    save(tmp_path, crash=CRASH, pending=PENDING[:2], tagged=CRASH)
    tag(tmp_path / "tagged.ipynb", 2)
    code, said = run(tmp_path, "--nbmake --notebook-guard")
    assert code == 1
    assert "crash.ipynb, In[2], line 3: GuardError: task of crash() failed" in said
    assert "pending.ipynb, In[2]: GuardError: task 'left' of sleep() was still pending" in said
    assert {item: outcome for outcome, item in outcomes(said)} == {
        "crash.ipynb::crash.ipynb": "FAILED",
        "crash.ipynb::closing": "PASSED",
        "pending.ipynb::pending.ipynb": "PASSED",
        "pending.ipynb::closing": "FAILED",
        "tagged.ipynb::tagged.ipynb": "PASSED",
        "tagged.ipynb::closing": "PASSED",
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
    # One that is set stays, and a cluster of dask in this process may have set it.
    environment["PYTHONHASHSEED"] = "random"
    code, said = run(tmp_path, LAX, **environment)
    assert code == 0, said


def test_deprecations_within_libraries_make_no_difference(tmp_path: Path) -> None:
    """PYTHONWARNINGS=default shows all of them, and a library may log what it has recorded of
    others; what a cell does itself that is deprecated is shown."""
    (tmp_path / "library.py").write_text(LIBRARY, encoding="utf-8")
    save(tmp_path, theirs=["import library"], own=["import warnings", OWN])
    strict = LAX.replace("--nbval-lax", "--nbval")
    code, said = run(tmp_path, strict, PYTHONWARNINGS="default")
    assert {item: outcome for outcome, item in outcomes(said)} == {
        "theirs.ipynb::Cell 0": "PASSED",
        "theirs.ipynb::closing": "PASSED",
        "own.ipynb::Cell 0": "PASSED",
        "own.ipynb::Cell 1": "FAILED",
        "own.ipynb::closing": "PASSED",
    }
    assert code == 1


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
