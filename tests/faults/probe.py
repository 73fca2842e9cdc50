"""A pytest plugin for the runs on a copy: it sees to the copy, and tells how far a run came."""

import faulthandler
import resource
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    import pytest

PATIENCE = 10.0
"""Seconds for one test, after which the run ends there and then."""

MEMORY = 4 << 30
"""Bytes; a fault may make something grow without end."""


def pytest_configure(config: "pytest.Config") -> None:
    """Make sure that the copy is what is tested; have hypothesis do the same in every run."""
    import event_collector

    here, widgets = Path.cwd(), find_spec("event_collector_widgets")
    for file in (event_collector.__file__, None if widgets is None else widgets.origin):
        assert file is not None
        assert Path(file).is_relative_to(here), f"{file} is tested, not that of the copy {here}"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    settings.register_profile(
        "faults",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=[Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("faults")
    config.pluginmanager.register(_Progress(here))


class _Progress:
    """Leaves the name of the last test in `begun.txt`; if it hangs, the place in `hung.txt`."""

    def __init__(self, place: Path) -> None:
        self._begun = place / "begun.txt"
        self._hung = (place / "hung.txt").open("w", encoding="utf-8")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins: it has a time of its own."""
        name = nodeid.removeprefix("tests/").removeprefix("engine/")
        self._begun.write_text(name, encoding="utf-8")
        faulthandler.dump_traceback_later(PATIENCE, exit=True, file=self._hung)

    def pytest_unconfigure(self) -> None:
        """All tests have ended in time."""
        faulthandler.cancel_dump_traceback_later()
        self._hung.close()
