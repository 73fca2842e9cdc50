"""What a user imports, and what that costs who does not."""

import inspect
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import event_collector.recording

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(set(event_collector.recording.__all__) - {"Codec"}))
def test_every_public_name_has_a_docstring(name: str) -> None:
    """And so has each method and property."""
    public = getattr(event_collector.recording, name)
    assert inspect.getdoc(public)
    if inspect.isclass(public):
        for method, function in vars(public).items():
            if not method.startswith("_") and callable(function):
                assert inspect.getdoc(function), f"{name}.{method}"


def test_it_loads_the_standard_library_only_and_when_it_is_asked_for() -> None:
    """Decision 5: a service that records installs nothing, and one that does not loads nothing."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import event_collector
print("event_collector.recording" in sys.modules)
import event_collector.recording
print(*{{name.split(".")[0] for name in sys.modules}} - sys.stdlib_module_names)
"""
    said = subprocess.run(
        [sys.executable, "-ISc", code], capture_output=True, text=True, check=True
    )
    before, after = said.stdout.splitlines()
    assert before == "False"
    assert set(after.split()) - {"__main__"} == {"event_collector"}


def test_a_users_program_runs() -> None:
    """What the type checkers check as a user's does what it says."""
    program = runpy.run_path(str(ROOT / "tests" / "typing" / "recordings.py"), run_name="__main__")
    assert program["said"] == ["no difference in 1 event", "0", "[2026]", "True"]
