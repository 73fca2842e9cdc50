"""The pytest plugin: notebooks that nbval or nbmake run are run with the guard, and each in order.

    pytest --nbval --notebook-guard
    pytest --nbmake --notebook-guard
    pytest --nbval --notebook-guard --notebook-repeat 10

- `--notebook-guard` loads the guard into every kernel, though no notebook says so, and closes
  each notebook in an item of its own, which runs whatever was chosen or failed before.
- `--notebook-repeat N` runs each notebook N times, says which cell differed in how many, and fails
  for it.

With either, the cells of a notebook stay together and in order, and the kernels' environment is the
same in every run. pytest imports this module at every start: it imports nothing itself.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Declare the two options; pytest calls it."""
    group = parser.getgroup("notebook guard", "what fails beside the cells of a notebook")
    group.addoption(
        "--notebook-guard",
        action="store_true",
        help="guard the notebooks that nbval or nbmake run: what fails beside a cell fails it",
    )
    group.addoption(
        "--notebook-repeat",
        type=int,
        metavar="N",
        help="run each notebook N times, and say which cells differed",
    )


def pytest_configure(config: "pytest.Config") -> None:
    """Step in where an option asks for it; pytest calls it."""
    if config.option.notebook_guard or config.option.notebook_repeat is not None:
        from event_collector_widgets.guard.runner.session import begin

        begin(config)
