"""A pytest plugin for the runs on a copy: it sees to the copy, and tells how far a run came."""

import faulthandler
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    import pytest

HERE = Path.cwd()
"""The copy."""

BEGUN = HERE / "begun.txt"
"""Holds the name of the test that was begun last."""

HUNG = HERE / "hung.txt"
"""Gets the places where the threads were when a test hung."""

PATIENCE = 12.0
"""Seconds for one test, after which the run ends there and then."""

MEMORY = 4 << 30
"""Bytes; a fault may make something grow without end."""

_hung = HUNG.open("w", encoding="utf-8")


def pytest_configure(config: "pytest.Config") -> None:
    """Make sure that the copy is what is tested; have hypothesis do the same in every run."""
    import event_collector

    package = Path(event_collector.__file__)
    assert package.is_relative_to(HERE), f"{package} is tested, which is not in the copy {HERE}"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=[Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note the test, and give it its time."""
    BEGUN.write_text(nodeid.removeprefix("tests/engine/"), encoding="utf-8")
    faulthandler.dump_traceback_later(PATIENCE, exit=True, file=_hung)
