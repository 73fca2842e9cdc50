"""Numbers as a person reads them: durations, rates, and what a person types for one."""

import re
from math import isnan

from event_collector._check import LARGEST
from event_collector._text import one_line

NOTHING = "–"  # noqa: RUF001 - an en dash, as a table has it
"""Stands where there is nothing to tell a number from."""

_WHOLE = re.compile(r"[+-]?(?:[0-9]{1,4000}|[0-9]{1,3}(?:,[0-9]{3}){1,1000})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def duration(seconds: float) -> str:
    """Seconds with three figures, in the unit that suits them; a dash for nan."""
    if isnan(seconds):
        return NOTHING
    if seconds == 0:
        return "0 s"
    for unit, size in (("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            return f"{_figures(seconds / size)} {unit}"
    if seconds < 99.5:
        return f"{_figures(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes:,} min" if minutes < 120 else f"{round(seconds / 3600):,} h"


def rate(per_second: float) -> str:
    """A rate with three figures, per second; a dash for nan."""
    if isnan(per_second):
        return NOTHING
    return f"{_figures(per_second)} /s" if per_second < 999.5 else f"{per_second:,.0f} /s"


def count(number: int, what: str) -> str:
    """A number and its noun: 1 error, 2 errors."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def typed_number[T: (int, float)](
    text: str,
    what: str,
    kind: type[T],
    *,
    needed: bool = False,
    at_least: int | None = None,
    above: int | None = None,
) -> T | None:
    """What a field for a number says; None where it is empty or says none.

    Args:
        text: What was typed.
        what: The name of the field.
        kind: int or float.
        needed: Whether it may not be empty.
        at_least: The least that it may say, if there is one.
        above: What it must be more than, if there is such a bound.

    Raises:
        ValueError: It says something else, also what Python alone takes for a number: nan,
            infinity, and 1_000. Of commas only those between thousands are taken.
    """
    plain = text.strip()
    if plain.lower() in ("", "none") and not needed:
        return None
    number = _read(plain, kind)
    low = number is not None and (
        (at_least is not None and number < at_least) or (above is not None and number <= above)
    )
    if number is not None and not low:
        return number
    kinds = "a whole number" if kind is int else "a number"
    if at_least is not None:
        kinds += f" of {at_least} or more"
    if above is not None:
        kinds += f" above {above}"
    more = "" if needed else ", or the field empty"
    raise ValueError(f"{what} must be {kinds}{more}, got {_got(plain)}")


def _read[T: (int, float)](plain: str, kind: type[T]) -> T | None:
    """The number that a text is; None where it is none."""
    if kind is int:
        return kind(plain.replace(",", "")) if _WHOLE.fullmatch(plain) else None
    if not _NUMBER.fullmatch(plain) or not float(plain) <= LARGEST:
        return None
    return kind(float(plain))


def typed_count(text: str, what: str, most: int | None = None) -> int:
    """What a field for how many says, 1 at least.

    Args:
        text: What was typed.
        what: The name of the field.
        most: The most that it may say.

    Raises:
        ValueError: It says something else, or nothing.
    """
    try:
        number = typed_number(text, what, int)
    except ValueError:
        number = None
    if number is None or number < 1:
        raise ValueError(f"{what} must be a whole number of 1 or more, got {_got(text.strip())}")
    if most is not None and number > most:
        raise ValueError(f"{what} must be at most {most:,}, got {_got(text.strip())}")
    return number


def _got(plain: str) -> str:
    return one_line(plain, 40) if plain else "nothing"


def _figures(number: float) -> str:
    return f"{number:.3g}" if number >= 1 else f"{round(number, 3):g}"
