"""Twins: names that stand twice in one object of a JSON text, of which Python would drop one.

And what else is wrong with a JSON text, in words that are not the parser's."""

import json
import re
from typing import Any

from event_collector._text import one_line

_PART = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(r"\s*+:")


_WRONG = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting ',' delimiter": "a comma or bracket is missing",
    "Extra data": "something follows it",
    "Unterminated string starting at": "no closing quote for the text",
    "Invalid control character at": "a text holds a line break or a tab: write \\n or \\t",
    "Illegal trailing comma before end of object": "a comma is too much",
    "Illegal trailing comma before end of array": "a comma is too much",
    "Invalid \\uXXXX escape": "four hex digits are missing after \\u",
    "Invalid \\escape": "a backslash is alone: write two",
}
"""What the parser says, by how it begins, and the same in words."""


def in_words(mistake: json.JSONDecodeError) -> str:
    """What is missing or too much, without its place."""
    return next(
        (said for begin, said in _WRONG.items() if mistake.msg.startswith(begin)), mistake.msg
    )


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
