"""The command `guard run`: notebooks executed with the guard and closed, for those without pytest.

    python -m event_collector_widgets.guard run NOTEBOOK ... [--timeout SECONDS]

Each notebook runs in a kernel of its own, up to the first cell that fails, and is closed then. What
its cells gave is not compared, and the file is not changed. The exit code is 0, or 1 where a
notebook failed, or 2 where the command itself was wrong.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from event_collector_widgets.guard.runner.environment import while_kernels_start
from event_collector_widgets.guard.runner.places import headline, plain, told

INSTALL = "pip install 'event-collector-toolkit[guard]'"
WIDTH = 30
"""Characters of the progress bar."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m event_collector_widgets.guard",
        description="Run notebooks; what fails beside a cell fails the notebook.",
    )
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run notebooks, each in a fresh kernel, and close them")
    run.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    run.add_argument(
        "--timeout", type=float, default=600, metavar="SECONDS", help="of a cell (default: 600)"
    )
    given = parser.parse_args(arguments)
    if not given.timeout > 0:
        parser.error(f"--timeout must be > 0, got {given.timeout:g}")
    for path in given.notebooks:
        if not path.is_file():
            parser.error(f"{path} is not a file")
    try:
        import nbclient  # noqa: F401
    except ImportError as exc:
        parser.error(f"{exc}; {INSTALL}")
    failed = [path for path in given.notebooks if not _passes(path, given.timeout)]
    count = len(given.notebooks)
    print(f"{count - len(failed)} of {count} notebooks passed")  # noqa: T201
    return 1 if failed else 0


def _passes(path: Path, timeout: float) -> bool:
    """Run a notebook; print what failed."""
    try:
        said = list(run(path, timeout, sys.stderr if sys.stderr.isatty() else None))
    except ValueError as exc:
        said = [(f"{path}: {exc}", "")]
    for line, shown in said:
        print(line)  # noqa: T201
        if shown:
            print(shown if sys.stdout.isatty() else plain(shown))  # noqa: T201
    if not said:
        print(f"{path}: passed")  # noqa: T201
    return not said


def run(path: Path, timeout: float, progress: TextIO | None) -> Iterator[tuple[str, str]]:
    """Run a notebook, and close it; for each failure, give a line and what the kernel showed.

    Args:
        path: The notebook.
        timeout: Seconds that a cell may take.
        progress: Where the progress bar is drawn; None: nowhere.

    Raises:
        ValueError: The file is not a notebook.
    """
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from event_collector_widgets.guard.runner.client import ClosingClient

    try:
        notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as exc:
        raise ValueError(f"is not a notebook: {type(exc).__name__}: {exc}") from exc
    bar = _Bar(progress, path, sum(cell.cell_type == "code" for cell in notebook.cells))
    client: Any = ClosingClient(
        notebook, guarded=True, timeout=timeout, resources={"metadata": {"path": str(path.parent)}}
    )
    client.on_cell_executed = bar.step
    stopped = ""
    try:
        with while_kernels_start(guarded=True):
            client.execute()
    except CellExecutionError as exc:
        trace = exc.traceback
        stopped = f"{path}: stopped at In[{client.code_cells_executed}], while this went on:\n"
        yield told(str(path), client.code_cells_executed, trace), trace
    except (CellTimeoutError, DeadKernelError) as exc:
        yield f"{path}, In[{bar.done + 1}]: {headline(str(exc).splitlines())}", ""
    except NoSuchKernel as exc:
        yield f"{path}: {exc}; `jupyter kernelspec list` names those that there are", ""
    except (RuntimeError, OSError) as exc:
        yield f"{path}: its kernel did not start: {exc}", ""
    finally:
        bar.clear()
    if (error := client.closed_with) is not None:
        shown = "GuardError" in error.trace
        line = told(str(path), None, error.trace) if shown else f"{path}, at its end: {error}"
        yield stopped + line, error.trace


class _Bar:
    """How far a notebook is, in a line that is drawn again and again, and goes in the end."""

    def __init__(self, out: TextIO | None, path: Path, cells: int) -> None:
        self._out, self._path, self._cells = out, path, cells
        self.done = 0
        self._draw()

    def step(self, cell: Any, **_: Any) -> None:
        """A cell was executed."""
        if cell.cell_type == "code":
            self.done += 1
            self._draw()

    def _draw(self) -> None:
        if self._out is not None:
            full = WIDTH * self.done // max(1, self._cells)
            bar = "#" * full + "." * (WIDTH - full)
            self._out.write(f"\r\x1b[K[{bar}] {self.done}/{self._cells} {self._path}")
            self._out.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._out is not None:
            self._out.write("\r\x1b[K")
            self._out.flush()
