"""Trials: a notebook run under strict nbval on a copy of the engine, with a fault in it or none."""

import os
import re
import time
from pathlib import Path

from tests.mutants.trial import ROOT, EngineCopy, Fault, Outcome

NBVAL = (
    "-m pytest -x -q --tb=short -rfE -p no:cacheprovider -p nbval.plugin -o addopts= "
    "--nbval --nbval-current-env"
)

CELL_LIMIT = 20
"""Seconds for a cell, after which it is taken to hang. The slowest needs about one."""

LIMIT = 120.0
"""Seconds for a notebook."""

_FAILED = re.compile(r"^FAILED .*::Cell (\d+)", re.MULTILINE)
_PASSED = re.compile(r"^\d+ passed", re.MULTILINE)
_HUNG = re.compile(r"Timeout of \d+ seconds exceeded")


class NotebookCopy(EngineCopy):
    """A copy of the engine, and of the notebooks, which are run on it.

    Args:
        place: A directory for it. It is made.
    """

    def __init__(self, place: Path) -> None:
        super().__init__(place, "notebooks")

    def run(self, notebook: str, *, limit: float = LIMIT, cell_limit: int = CELL_LIMIT) -> Outcome:
        """Run a notebook until one of its cells fails.

        Args:
            notebook: Its name, without `.ipynb`.
            limit: Seconds for all of it.
            cell_limit: Seconds for each of its cells.

        Returns:
            How it ended; in place of a test there is the failed code cell, counted from 0.
        """
        began = time.monotonic()
        code, output = self.execute(
            [*NBVAL.split(), f"--nbval-cell-timeout={cell_limit}", f"notebooks/{notebook}.ipynb"],
            limit,
            environment={
                "PYTHONPATH": os.pathsep.join([str(self.place), str(ROOT / "widgets")]),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
        )
        failed = _FAILED.search(output)
        if code is None or (failed and _HUNG.search(output)):
            how = "hung"
        elif code == 0 and _PASSED.search(output):
            how = "green"
        else:
            how = "red" if code == 1 and failed else "broken"
        cell = f"cell {failed[1]}" if failed else ""
        return Outcome(how, cell, time.monotonic() - began, output)

    def try_out(self, fault: Fault, notebook: str = "", *, limit: float = LIMIT) -> Outcome:
        """Run a notebook with a fault in the engine: the one that should notice it, unless told."""
        with self.having(fault):
            return self.run(notebook or fault.tests, limit=limit)
