"""Faults: what a cell says that fails for them."""

import re

import pytest
from event_collector_widgets.guard.cells import Run
from event_collector_widgets.guard.faults import Fault, GuardError, said

ONE, TWO = Run("a", 1, "x = 1"), Run("b", 2, "y = 1")


@pytest.mark.parametrize(
    ("made", "where"),
    [(ONE, "made in In[1]"), (TWO, "made in this cell"), (None, "made outside of the cells")],
)
def test_a_line_says_what_where_why_and_what_to_write(made: Run | None, where: str) -> None:
    """In this order; the cell that fails is `this cell`."""
    fault = Fault("task failed", made, error="ValueError: no", hint="write: await it")
    assert fault.line(TWO) == f"task failed, {where}: ValueError: no; write: await it"


def test_one_fault_is_a_line_and_several_are_a_list() -> None:
    """The message is all that nbclient shows in its name."""
    faults = [Fault("one", ONE), Fault("two", TWO)]
    assert str(GuardError(faults[:1], TWO)) == "one, made in In[1]"
    assert str(GuardError(faults, TWO)) == (
        "2 failures beside the cells\n- one, made in In[1]\n- two, made in this cell"
    )


def test_tracebacks_stand_below_the_lines() -> None:
    """Those of exceptions; what has none adds nothing."""
    try:
        raise ValueError("no")
    except ValueError as error:
        fault = Fault.of("task failed", error, ONE)
    shown = GuardError([fault, Fault("kept", ONE)], ONE)._render_traceback_()
    assert len(shown) == 2
    assert shown[1].startswith("\ntask failed:\nTraceback")
    assert shown[1].endswith("ValueError: no")


def test_a_fault_keeps_no_exception() -> None:
    """Its frames would live as long as the notebook."""
    fault = Fault.of("failed", ValueError("no"), ONE)
    kept = [getattr(fault, name) for name in fault.__slots__]
    assert not any(isinstance(each, BaseException) for each in kept)
    assert ValueError in fault.types


def test_an_exception_in_one_line_is_the_same_in_every_run() -> None:
    """Decision 26: no address; long ones are cut, and notes are kept."""
    assert said(ValueError("<object at 0x7f00>\n  broken")) == "ValueError: <object> broken"
    assert said(ValueError()) == "ValueError"
    assert re.fullmatch(r"ValueError: x{299}…", said(ValueError("x" * 500)))
    noted = ValueError("no")
    noted.add_note("raised by a lifecycle")
    assert said(noted) == "ValueError: no - raised by a lifecycle"
