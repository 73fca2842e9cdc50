"""Stand-ins step out of the way, and leave alone who has come after them."""

import pytest
from event_collector_widgets.guard.stand_in import stand_in


class Loop:
    """Something with a method."""

    def make(self) -> str:
        """What it does by itself."""
        return "own"


def test_it_stands_before_the_objects_own_and_steps_out() -> None:
    """Nothing is left of it; once more is nothing."""
    loop = Loop()
    step_out = stand_in(loop, "make", lambda: "other")
    assert loop.make() == "other"
    step_out()
    step_out()
    assert loop.make() == "own"
    assert vars(loop) == {}


def test_what_stood_there_before_is_put_back() -> None:
    """Somebody's before it."""
    loop = Loop()
    before = stand_in(loop, "make", lambda: "before")
    step_out = stand_in(loop, "make", lambda: "other")
    step_out()
    assert loop.make() == "before"
    before()
    assert loop.make() == "own"


def test_who_has_come_after_it_is_left_alone() -> None:
    """It would take away what is not its own."""
    loop = Loop()
    step_out = stand_in(loop, "make", lambda: "other")
    stand_in(loop, "make", lambda: "after")
    step_out()
    assert loop.make() == "after"


def test_an_object_that_takes_no_attributes_is_an_error() -> None:
    """Such as a loop that is written in C."""
    with pytest.raises(AttributeError):
        stand_in(object(), "make", lambda: "other")
