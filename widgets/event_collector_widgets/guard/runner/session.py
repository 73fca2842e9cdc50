"""A pytest session with notebooks: each whole and in order, run N times, closed at its end.

It steps in once all other plugins are there, so that it comes after those that choose or shuffle:
whatever they do, the cells of a notebook are together and in order, and its closing is the last.
"""

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import pytest

from event_collector_widgets.guard.runner.closing import ClosingError
from event_collector_widgets.guard.runner.notebook import Closing, Notebook
from event_collector_widgets.guard.runner.repeats import CELL, Repeats, Seen
from event_collector_widgets.guard.runner.with_nbmake import NbmakeNotebook
from event_collector_widgets.guard.runner.with_nbval import NbvalNotebook

NAME = "event-collector-notebooks"
TORN_APART = ("load", "worksteal")
"""How xdist may distribute tests so that the cells of one notebook come to several kernels."""


def begin(config: pytest.Config) -> None:
    """Look at the options, and step in.

    Raises:
        pytest.UsageError: The options do not go together, or N is not at least 1.
    """
    option = config.option
    if option.notebook_repeat is not None and option.notebook_repeat < 1:
        raise pytest.UsageError(f"--notebook-repeat must be >= 1, got {option.notebook_repeat}")
    if not any(getattr(option, name, False) for name in ("nbval", "nbval_lax", "nbmake")):
        raise pytest.UsageError(
            "--notebook-guard and --notebook-repeat are about notebooks that nbval or nbmake "
            "run; add --nbval, --nbval-lax or --nbmake"
        )
    if getattr(option, "dist", "no") == "loadgroup":
        raise pytest.UsageError(
            "--dist loadgroup would run the cells of one notebook in several kernels; "
            "use --dist loadfile"
        )
    if getattr(option, "dist", "no") in TORN_APART:
        option.dist = "loadfile"
    config.pluginmanager.register(Notebooks(config), NAME)


class Notebooks:
    """The plugin's hooks.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._guarded: bool = config.option.notebook_guard
        self._times: int = config.option.notebook_repeat or 1
        self._all: dict[Any, Notebook] = {}
        """By the node that collects the cells of a notebook."""
        self._repeats = Repeats()
        self._lines: list[str] = []
        """What is said at the end."""
        if hasattr(config, "workeroutput"):
            config.workeroutput[NAME] = self._lines  # xdist brings it to the main process

    # What there is to run

    def pytest_report_header(self) -> str:
        """Whether and how often."""
        guard = "guarded" if self._guarded else "not guarded"
        return (
            f"notebooks: {guard}, each run {self._times} times"
            if self._times > 1
            else (f"notebooks: {guard}")
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, parent: Any) -> Generator[None, Any, Any]:
        """Prepare each notebook, as often as it is to be run."""
        collected = yield
        return [each for node in collected for each in self._prepared(node, parent)]

    def _prepared(self, node: Any, parent: Any) -> Iterator[Any]:
        kinds = (NbvalNotebook, NbmakeNotebook)
        for made in node if isinstance(node, list) else [node]:
            kind = next((each for each in kinds if each.is_of(made)), None)
            if kind is None:
                yield made
                continue
            name = made.nodeid
            for number in range(1, self._times + 1):
                if self._times > 1:  # each run has an id of its own, and so has each of its cells
                    run = f"{name}[run {number}]"
                    made = type(made).from_parent(parent, path=made.path, nodeid=run)  # noqa: PLW2901
                early = partial(self._closed_early, name)
                self._all[made] = kind(made, name, number, guarded=self._guarded, early=early)
                yield made

    def _closed_early(self, name: str, error: ClosingError | None) -> None:
        said = "nothing more had failed" if error is None else str(error)
        self._lines.append(f"{name}: the run stopped before its end; it was closed then, {said}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> Generator[None, None, None]:
        """Put the cells that were chosen in order, where the first of them stands; close each."""
        there = set(items)
        yield
        chosen: dict[Any, list[Any]] = {}
        for item in items:
            if item.parent in self._all:
                chosen.setdefault(item.parent, []).append(item)
        ordered: list[Any] = []
        for item in items:
            if item.parent not in self._all:
                ordered.append(item)
            elif (cells := chosen.pop(item.parent, None)) is not None:
                ordered += self._in_order(self._all[item.parent], cells, there)
        items[:] = ordered

    def _in_order(self, notebook: Notebook, chosen: list[Any], there: set[Any]) -> list[Any]:
        """What is run of a notebook: all cells up to the last that was chosen, and its closing.

        Args:
            notebook: The notebook.
            chosen: What is left of its items, in any order.
            there: What was there before others have chosen.
        """
        cells = [cell for cell in chosen if cell is not notebook.closing]
        if not cells:  # was the closing asked for, or were its cells taken away from it?
            again = getattr(self._config.option, "lf", False)
            if not again and any(cell in there for cell in notebook.cells):
                return []
            cells = notebook.cells[-1:]
        last = max((notebook.cells.index(cell) for cell in cells), default=-1)
        wanted = notebook.cells[: last + 1]
        if (more := len(set(wanted) - set(chosen))) > 0:
            cells_were = "1 cell was" if more == 1 else f"{more} cells were"
            said = f"{cells_were} run besides those chosen, which come after and may need them"
            self._lines.append(f"{notebook.name}: {said}")
        return [*wanted, *([] if notebook.closing is None else [notebook.closing])]

    # What it gives

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None, None, None]:
        """Let the notebook know which of its cells runs."""
        notebook = self._all.get(item.parent)
        if notebook is None or isinstance(item, Closing):
            return (yield)
        with notebook.running(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, Any]:
        """Begin what is told of a failure with its place; note what each cell gave."""
        report = yield
        notebook = self._all.get(item.parent)
        if notebook is None or call.when != "call" or isinstance(item, Closing):
            return report
        if report.failed and call.excinfo is not None:
            said = notebook.said_of(item, call.excinfo.value)
            if said is not None:
                report.longrepr = f"{said}\n\n{notebook.renumbered(str(report.longrepr))}"
        if self._times > 1:
            report.user_properties += [(CELL, list(each)) for each in notebook.seen(item, report)]
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Gather what the cells gave, from whichever process."""
        for name, value in report.user_properties:
            if name == CELL:
                self._repeats.add(Seen(*value))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a process of xdist has to say."""
        self._lines += getattr(node, "workeroutput", {}).get(NAME, [])

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: Any) -> Generator[None, None, None]:
        """A cell that differs from run to run is a failure, where no cell was one by itself."""
        if session.exitstatus == pytest.ExitCode.OK and any(self._repeats.differing()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what no item could say."""
        lines = dict.fromkeys([*self._lines, *self._repeats.lines()])  # each process says it
        if lines:
            terminalreporter.section("notebooks")
            for line in lines:
                terminalreporter.write_line(line)
