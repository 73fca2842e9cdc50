"""Stand-ins: a method of an object that stands before its own, until it steps out of the way."""

from collections.abc import Callable
from typing import Any


def stand_in(target: Any, name: str, made: Any) -> Callable[[], None]:
    """Give an object an attribute of its own.

    Returns:
        A function that puts back what was there, unless somebody else has stepped in since.

    Raises:
        AttributeError: The object takes no attributes.
    """
    own = vars(target) if hasattr(target, "__dict__") else {}
    there, before = name in own, own.get(name)
    setattr(target, name, made)

    def step_out() -> None:
        if own.get(name) is not made:
            return
        if there:
            setattr(target, name, before)
        else:
            delattr(target, name)

    return step_out
