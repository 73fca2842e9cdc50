"""Numbers as a person reads them: durations, rates, and what a person types for one."""

from math import isnan

NOTHING = "–"  # noqa: RUF001 - an en dash, as a table has it
"""Stands where there is nothing to tell a number from."""


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


def typed_number[T: (int, float)](text: str, what: str, kind: type[T]) -> T | None:
    """What a field for a number says; None where it is empty or says none.

    Raises:
        ValueError: It says something else.
    """
    plain = text.strip().replace(",", "") if kind is int else text.strip()
    if plain.lower() in ("", "none"):
        return None
    try:
        return kind(plain)
    except ValueError:
        kinds = "a whole number" if kind is int else "a number"
        raise ValueError(f"{what} must be {kinds} or empty, got {text.strip()!r}") from None


def _figures(number: float) -> str:
    return f"{number:.3g}" if number >= 1 else f"{round(number, 3):g}"
