"""Literals: a value as Python writes it, in the format of ruff, and the imports that it needs."""

import datetime
import decimal
import fractions
import math
import os
import pathlib
import re
import uuid
from typing import Any, NamedTuple

from event_collector_widgets.export.imports import Import

WIDTH = 88
"""How long a line of ours is at most."""
HEAVY = 10_000
"""Of how many parts and characters a value is written at most."""

_SECRET = re.compile(r"key|token|secret|passw|credential|auth|dsn|_url|_uri|_pat\b", re.IGNORECASE)
_SHORT = 8
"""A text that is shorter may be the same as an environment variable's by chance."""


class Literal(NamedTuple):
    """A value as text."""

    text: str
    imports: frozenset[Import] = frozenset()


class NoLiteralError(Exception):
    """A value has none; it says which part of it, and of what type."""


def literal(value: object) -> Literal:
    """A value as Python writes it, the same in every run.

    Raises:
        NoLiteralError: It has none, or is too large for a module.
    """
    imports: set[Import] = set()
    try:
        text = _text(value, imports, [HEAVY])
    except RecursionError:
        raise NoLiteralError("it refers to itself, or is nested too deep") from None
    return Literal(text, frozenset(imports))


def _text(value: object, imports: set[Import], left: list[int]) -> str:
    left[0] -= 1 + (len(value) if isinstance(value, str | bytes) else 0)
    if left[0] < 0:
        raise NoLiteralError(f"it has more than {HEAVY:,} parts and characters")
    kind = type(value)
    if value is None or kind in (bool, int, range, complex):
        return repr(value)
    if isinstance(value, float) and kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value!r}")'
    if isinstance(value, str | bytes) and kind in (str, bytes):
        return quoted(repr(value))
    if isinstance(value, list | tuple | set | frozenset) and kind in (list, tuple, set, frozenset):
        parts = [_text(each, imports, left) for each in value]
        return _several(kind, sorted(parts) if kind in (set, frozenset) else parts)
    if isinstance(value, dict) and kind is dict:
        pairs = [
            f"{_text(key, imports, left)}: {_text(each, imports, left)}"
            for key, each in value.items()
        ]
        return "{" + ", ".join(pairs) + "}"
    return _known(value, imports, left)


def _several(kind: type, parts: list[str]) -> str:
    inner = ", ".join(parts)
    if kind is list:
        return f"[{inner}]"
    if kind is tuple:
        return f"({inner},)" if len(parts) == 1 else f"({inner})"
    inside = f"{{{inner}}}" if parts else ""
    return (inside or "set()") if kind is set else f"frozenset({inside})"


_BY_REPR = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)


def _known(value: object, imports: set[Import], left: list[int]) -> str:
    """A value of a class of the standard library that a call makes again."""
    kind = type(value)
    if isinstance(value, pathlib.Path) and kind in (pathlib.PosixPath, pathlib.WindowsPath):
        imports.add(Import("pathlib", "Path"))
        return f"Path({quoted(repr(str(value)))})"
    if kind in _BY_REPR or kind is datetime.timezone:
        zone = getattr(value, "tzinfo", None)
        if zone is not None and type(zone) is not datetime.timezone:
            raise NoLiteralError(f"it has a {type(zone).__name__}")
        imports.add(Import("datetime"))
        return repr(value)
    if kind in (decimal.Decimal, fractions.Fraction, uuid.UUID):
        imports.add(Import(kind.__module__, kind.__name__))
        return f"{kind.__name__}({quoted(repr(str(value)))})"
    raise NoLiteralError(f"it is a {kind.__module__}.{kind.__qualname__}")


def quoted(text: str) -> str:
    """The repr of a str or bytes, in the quotes that ruff gives it."""
    opening = text.index(text[-1])
    prefix, inner = text[:opening], text[opening + 1 : -1]
    if text[-1] == '"':
        return text
    plain = inner.replace("\\'", "'")
    if plain.count('"') > plain.count("'"):
        return text
    escaped = plain.replace('"', '\\"')
    return f'{prefix}"{escaped}"'


def from_environment(value: Any) -> str | None:
    """The environment variable that a text came from, as far as can be told: the name sounds
    secret, and the text is the same, and not a short one."""
    if not isinstance(value, str) or len(value) < _SHORT:
        return None
    names = [name for name, each in os.environ.items() if each == value]
    return next((name for name in sorted(names) if _SECRET.search(name)), None)


def same(one: object, other: object) -> bool:
    """Whether two values are of one type and equal, nan being equal to nan."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return literal(one).text == literal(other).text
    except NoLiteralError:
        pass
    parts = [getattr(each, "func", None) for each in (one, other)]
    if None not in parts:  # functools.partial
        every: Any = (one, other)
        return parts[0] is parts[1] and len({repr((e.args, e.keywords)) for e in every}) == 1
    try:
        return bool(one == other)
    except Exception:
        return False
