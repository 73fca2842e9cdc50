"""What a user imports, from where, and a program that uses it as a user does."""

import doctest
import importlib
import inspect
import logging
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import event_collector

ROOT = Path(__file__).parents[2]

# Written out by hand: a name that goes away breaks somebody's program.
NAMES = {
    "BatchProcessor",
    "Collector",
    "CollectorEvent",
    "CollectorMetrics",
    "CollectorQueue",
    "Context",
    "Delivery",
    "Error",
    "EventCollectorError",
    "EventPublisher",
    "Explanation",
    "History",
    "Instrument",
    "LifecycleManager",
    "Metrics",
    "Ok",
    "Payload",
    "Place",
    "Processor",
    "QueueClosedError",
    "QueueFullError",
    "QueueType",
    "Result",
    "ResultList",
    "Roster",
    "Router",
    "Sending",
    "SettleReport",
    "SimpleRouter",
    "Stuck",
    "UnknownCollectorError",
    "UnpicklableError",
    "LifecycleEndedError",
    "StopOnSignals",
    "StuckLifecycle",
    "stop_on_signals",
}

SPECIFIED = {
    "data": ["Payload", "Delivery", "Context", "Ok", "Error", "Result", "ResultList"],
    "collector": ["Collector", "Processor", "LifecycleManager"],
    "router": ["Router", "SimpleRouter"],
    "queue": ["CollectorQueue", "EventPublisher", "CollectorEvent", "QueueType"],
}


def test_everything_is_importable_from_the_package() -> None:
    """Decision 3: everything that a user needs is importable from `event_collector`."""
    assert set(event_collector.__all__) == NAMES
    assert event_collector.__all__ == sorted(event_collector.__all__)
    for name in NAMES:
        assert hasattr(event_collector, name)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in SPECIFIED.items() for name in names]
)
def test_each_name_is_where_the_specification_says(module: str, name: str) -> None:
    """Decision 3: public modules as the specification names them, with the same objects."""
    found = getattr(importlib.import_module(f"event_collector.{module}"), name)
    assert found is getattr(event_collector, name)


def test_the_package_says_that_it_is_typed() -> None:
    """A user's type checker reads the package's own annotations."""
    assert (ROOT / "event_collector" / "py.typed").exists()


@pytest.mark.parametrize("name", sorted(NAMES - {"LifecycleManager", "Processor", "Result"}))
def test_every_public_class_and_method_has_a_docstring(name: str) -> None:
    """What a user can call tells what it does."""
    public = getattr(event_collector, name)
    assert public.__doc__
    for method, function in inspect.getmembers(public, inspect.isfunction):
        if not method.startswith("_") and function.__module__.startswith("event_collector"):
            assert inspect.getdoc(function), f"{name}.{method}"


def test_importing_configures_no_logging() -> None:
    """Decision 23: the logger `event_collector` with a NullHandler, and nothing else."""
    handlers = logging.getLogger("event_collector").handlers
    assert [type(handler) for handler in handlers] == [logging.NullHandler]
    code = "import event_collector, logging; print(logging.getLogger().handlers)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "module",
    [
        "event_collector",
        *sorted(
            f"event_collector.{path.stem}" for path in (ROOT / "event_collector").glob("[!_]*.py")
        ),
    ],
)
def test_examples_in_docstrings_are_true(module: str) -> None:
    """Decision 26: what a docstring shows is what comes out."""
    tried = doctest.testmod(importlib.import_module(module))
    assert tried.failed == 0


def test_a_users_program_runs() -> None:
    """The program that a type checker checks as a user's does what it says."""
    program = runpy.run_path(str(ROOT / "tests" / "typing" / "api.py"), run_name="__main__")
    assert program["said"] == [
        "Ok(42)",
        "hot: Error(ValueError: too hot)",
        "['double', 'judge']",
        "[Ok(1), Error(ValueError: too hot)]",
        "undelivered: [Ok(None)]",
        "tell begins",
        "tell ended: Ok(1)",
        "1 of 1",
        "1 of None",
        "4 kept",
        "priority: 3 accepted, 3 finished",
    ]


def test_no_public_word_says_that_it_is_at_home_in_the_works() -> None:
    """Decision 3: pickles and tracebacks name the public module, not one that is free to change."""
    homes = {name: getattr(event_collector, name).__module__ for name in event_collector.__all__}
    assert {name: home for name, home in homes.items() if "._" in home} == {}
