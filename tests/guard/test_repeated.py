"""Runs of notebooks that are repeated: which were red, and that the load ends with them."""

from pathlib import Path

import pytest

from tests.guard.repeated import busy, repeat
from tests.guard.runner.test_under_pytest import save

FLAKY = """
import pathlib
count = pathlib.Path('count')
count.write_text(count.read_text() + 'x' if count.exists() else 'x')
assert len(count.read_text()) != 2
None
"""


@pytest.mark.long
def test_the_run_that_was_red_is_named(tmp_path: Path) -> None:
    """With what pytest said of it; one that fails every time is red in all."""
    save(tmp_path, flaky=[FLAKY])
    said: list[str] = []
    assert repeat(3, 0, [tmp_path / "flaky.ipynb"], said.append) == [2]
    assert [line for line in said if line.startswith("run ")] == [
        line for line in said if line.startswith(("run 1 of 3", "run 2 of 3", "run 3 of 3"))
    ]
    assert any("In[1], line " in line and "AssertionError" in line for line in said)
    assert said[-1] == "2 of 3 runs green, red: [2]"


def test_nothing_computes_any_more_when_all_is_over() -> None:
    """Whatever ends it."""
    processes = []

    def be_interrupted() -> None:
        with busy(2) as started:
            processes.extend(started)
            assert [process.poll() for process in processes] == [None, None]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert all(process.returncode is not None for process in processes)
