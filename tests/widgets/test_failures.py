"""How an error is said in a panel."""

from typing import Any

import pytest
from event_collector_widgets.failures import words
from event_collector_widgets.numbers import typed_count

from event_collector import Payload


def raised(act: Any) -> BaseException:
    """What an act raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        act()
    return caught.value


def test_what_we_refuse_is_said_without_the_name_of_its_class() -> None:
    """Our sentences say what is wrong and what to do: a person needs no ValueError before them."""
    said = words(raised(lambda: typed_count("x", "events")), 400)
    assert said == "events must be a whole number of 1 or more, got 'x'"
    wrong: Any = "key"
    assert words(raised(lambda: Payload(1, wrong)), 400).startswith("delivery must be a Delivery")


def test_what_others_raise_is_said_with_it() -> None:
    """A user's own function may raise a mere word, and Python too."""

    def mine() -> None:
        raise ValueError("3")

    assert words(raised(mine), 400) == "ValueError: 3"
    assert words(ValueError("never raised"), 400) == "ValueError: never raised"
    assert words(raised(lambda: 1 / 0), 400) == "ZeroDivisionError: division by zero"
