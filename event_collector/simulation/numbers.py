"""Checks of the numbers that a pattern or a formula is given."""

from random import Random

from event_collector._check import LARGEST
from event_collector._text import one_line


def above_zero(value: object, what: str, unit: str = "") -> float:
    """A finite number above 0, as a float.

    Raises:
        TypeError: It is not a number.
        ValueError: It is 0, negative, infinite or not a number.
    """
    if (number := at_least_zero(value, what, unit, bound="above 0")) == 0:
        raise ValueError(f"{what} must be above 0{unit}, got {value}")
    return number


def at_least_zero(value: object, what: str, unit: str = "", *, bound: str = ">= 0") -> float:
    """A finite number that is 0 or more, as a float.

    Raises:
        TypeError: It is not a number.
        ValueError: It is negative, infinite or not a number.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{what} must be a number, got {type(value).__name__}: {one_line(value)}")
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{what} must be a finite number {bound}{unit}, got {one_line(value)}")
    return float(value)


def numbers_of(seed: object, what: str) -> Random:
    """Random numbers for one purpose: another seed or another purpose gives others.

    With the same numbers for arrivals and for service times, one would follow the other.

    Raises:
        TypeError: `seed` is not an int.
    """
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, got {type(seed).__name__}: {one_line(seed)}")
    return Random(f"{what} {seed}")
