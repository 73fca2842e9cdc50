"""Forgotten awaits: they are heard wherever warnings go, and all is put back in the end."""

import logging
import warnings
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from event_collector_widgets.guard.awaits import Awaits
from event_collector_widgets.guard.faults import Fault


@pytest.fixture
def told() -> Iterator[list[Fault]]:
    """What is told, while warnings are shown, or logged, as they are outside of tests."""
    with warnings.catch_warnings():
        logging.getLogger("py.warnings").setLevel(logging.CRITICAL)
        found: list[Fault] = []
        yield found
        logging.captureWarnings(False)
        logging.getLogger("py.warnings").setLevel(logging.NOTSET)


async def shear() -> None:
    """Nobody awaits it."""


def test_warnings_may_go_to_the_log(told: list[Fault], caplog: pytest.LogCaptureFixture) -> None:
    """A forgotten await is heard all the same; another warning is logged."""
    caplog.set_level(logging.WARNING, "py.warnings")
    awaits = Awaits(SimpleNamespace(user_ns={}), told.append, lambda: None, lambda: 0.0)
    awaits.attach()
    logging.captureWarnings(True)
    shear()  # type: ignore[unused-coroutine]
    warnings.simplefilter("always")
    warnings.warn("old", stacklevel=1)
    awaits.detach()
    assert [fault.what for fault in told] == ["coroutine shear() was never awaited"]
    assert "old" in caplog.text


@pytest.mark.parametrize("logged", [False, True], ids=["shown", "logged"])
def test_what_shows_warnings_is_put_back(told: list[Fault], logged: bool) -> None:
    """Whether a cell has them logged or not, and whether it ends that before the guard ends."""
    before = warnings.showwarning, vars(logging)["_showwarning"]
    awaits = Awaits(SimpleNamespace(user_ns={}), told.append, lambda: None, lambda: 0.0)
    awaits.attach()
    logging.captureWarnings(logged)
    awaits.detach()
    assert warnings.showwarning is before[logged]
    logging.captureWarnings(False)
    assert (warnings.showwarning, vars(logging)["_showwarning"]) == before
    assert told == []
