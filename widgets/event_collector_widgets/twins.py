"""Twins: names that stand twice in one object of a JSON text, of which Python would drop one."""

import json
import re
from typing import Any

from event_collector._text import one_line

_PART = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(r"\s*+:")


class TwinError(ValueError):
    """A name stands twice in one object."""

    def place(self, text: str, first_line: int = 1) -> str:
        """What is wrong in this text, which begins at a line, and where."""
        name, line, column = _second(text)
        where = f"line {first_line + line - 1}, column {column}"
        return f"it gives {one_line(name)} again at {where}; leave one of them out"


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The dict of an object's pairs, for `json.loads`.

    Raises:
        TwinError: A name stands there twice.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        raise TwinError
    return made


def _second(text: str) -> tuple[str, int, int]:
    """The first name that stands in its object again, and its line and column."""
    opened: list[set[str] | None] = []
    for found in _PART.finditer(text):
        part = found[0]
        if part in "{[":
            opened.append(set() if part == "{" else None)
        elif part in "}]":
            opened.pop()
        elif opened and (names := opened[-1]) is not None and _COLON.match(text, found.end()):
            name = json.loads(part)
            if name in names:
                line = text.count("\n", 0, found.start()) + 1
                return name, line, found.start() - text.rfind("\n", 0, found.start())
            names.add(name)
    raise AssertionError("no name stands twice")
