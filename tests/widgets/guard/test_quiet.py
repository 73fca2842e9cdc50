"""Quiet: which deprecations are shown under a test runner."""

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from event_collector_widgets.guard.quiet import Quiet

CATEGORIES = (DeprecationWarning, PendingDeprecationWarning)


def shown_in(module: str, category: type[Warning]) -> bool:
    """Whether a warning is shown that lies in a module."""
    with warnings.catch_warnings(record=True) as caught:
        registry: dict[Any, Any] = {}
        warnings.warn_explicit("old", category, "file.py", 1, module=module, registry=registry)
    return bool(caught)


@pytest.fixture(autouse=True)
def all_are_shown() -> Iterator[None]:
    """As PYTHONWARNINGS=default has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_deprecation_is_shown_in_the_notebook_and_not_in_a_library(
    category: type[Warning],
) -> None:
    """The author can mend the one, and not the other. Detached, all is as it was."""
    quiet, before = Quiet(), list(warnings.filters)
    quiet.attach()
    assert shown_in("__main__", category)
    assert not shown_in("matplotlib.dates", category)
    assert not shown_in("__main__.part", category)
    quiet.detach()
    assert shown_in("matplotlib.dates", category)
    assert list(warnings.filters) == before


@pytest.mark.parametrize("category", [UserWarning, FutureWarning, ResourceWarning])
def test_what_is_not_a_deprecation_is_shown_wherever_it_lies(category: type[Warning]) -> None:
    """A file that is left open is a fault of whoever opens it."""
    quiet = Quiet()
    quiet.attach()
    assert shown_in("matplotlib.dates", category)


def test_a_filter_of_the_notebooks_own_goes_before() -> None:
    """Whoever asks in a cell for every warning gets it."""
    Quiet().attach()
    warnings.simplefilter("always")
    assert shown_in("matplotlib.dates", DeprecationWarning)


def test_who_makes_errors_of_warnings_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONWARNINGS=error asks for more than showing."""
    monkeypatch.setattr(sys, "warnoptions", ["error::DeprecationWarning"])
    Quiet().attach()
    assert shown_in("matplotlib.dates", DeprecationWarning)
