"""Values written out in full: broken into lines, and bounded in characters and in time."""

import reprlib
from itertools import islice
from typing import Any

from event_collector._text import one_line

LIMIT = 20_000
"""How many characters are shown at first."""
MOST = 5_000_000
"""How many are shown at most: a page does not take more."""

_WIDTH = 88
_DEPTH = 40
_WEIGHT = 100_000
"""Of how many items and characters a value is written out without being asked to."""

type Shown = tuple[str, str, bool]
"""A text, what is said of it if it is not all, and whether more of it can be shown."""


def in_full(value: object, *, everything: bool = False) -> Shown:
    """A value as it would be written in Python, lists and dicts broken into lines.

    Args:
        value: Anything. One whose repr fails is named instead.
        everything: Not only the first 20,000 characters, but up to 5,000,000.
    """
    if not everything:
        if isinstance(value, str | bytes) and len(value) > _WEIGHT:
            shown = _repr(value[:LIMIT])
            return shown, f"{LIMIT:,} of {len(value):,} characters", True
        if _heavier(value, _WEIGHT):
            shown = _begun(value)[:LIMIT]
            return shown, f"shortened: it has more than {_WEIGHT:,} items and characters", True
    return shortened(_broken(value), everything=everything)


def shortened(text: str, *, everything: bool = False) -> Shown:
    """A text, or its beginning, and how much of it that is."""
    most = MOST if everything else LIMIT
    if len(text) <= most:
        return text, "", False
    note = f"{most:,} of {len(text):,} characters"
    if everything:
        note += ", as many as a page takes"
    return text[:most], note, not everything


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return one_line(value)


def _heavier(value: object, most: int) -> bool:
    """Whether plain containers hold more items and characters than that; looks no further."""
    waiting, weight = [value], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, str | bytes):
            weight += len(each)
        elif type(each) is dict:
            weight += len(each)
            waiting.extend(islice(each.keys(), most))
            waiting.extend(islice(each.values(), most))
        elif type(each) in (list, tuple, set, frozenset):
            items: Any = each
            weight += len(items)
            waiting.extend(islice(items, most))
        if weight > most:
            return True
        weight += 1
    return False


def _begun(value: object) -> str:
    """The first items of each container."""
    writer = reprlib.Repr(
        maxlevel=8, maxdict=200, maxlist=200, maxtuple=200, maxset=200, maxstring=2_000
    )
    try:
        return writer.repr(value)
    except Exception:
        return one_line(value)


def _broken(value: object) -> str:
    try:
        return _lines(value, 0, 0)
    except Exception:  # a repr that fails within, or a container that is too deep
        return one_line(value)


def _lines(value: object, indent: int, before: int) -> str:
    """The repr, broken at the items of dicts, lists and tuples that do not fit in a line.

    Args:
        value: What is written.
        indent: How many spaces its inner lines begin with, less one step.
        before: How many characters stand before it in its line.
    """
    plain = repr(value)
    if len(plain) + before <= _WIDTH or indent > _DEPTH or type(value) not in _BRACKETS:
        return plain
    opened, closed = _BRACKETS[type(value)]
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        items = [
            f"{(named := repr(key))}: {_lines(each, indent + 2, indent + len(named) + 4)}"
            for key, each in value.items()
        ]
    else:
        each_of: Any = value
        items = [_lines(each, indent + 2, indent + 2) for each in each_of]
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    body = f",\n{inner}".join(items)
    return f"{opened}\n{inner}{body}{comma}\n{' ' * indent}{closed}"


_BRACKETS: dict[type, tuple[str, str]] = {dict: ("{", "}"), list: ("[", "]"), tuple: ("(", ")")}
