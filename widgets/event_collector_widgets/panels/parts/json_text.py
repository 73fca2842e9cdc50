"""JSON that a person types: its value, the place of a mistake, and the same as Python code."""

import json
import math
import re
from typing import Any, NoReturn

from event_collector_widgets.twins import TwinError, in_words, unique

LONGEST = 10_000_000
"""How many characters may be typed or pasted."""
LONGEST_FILLED = 200_000
"""How many characters a value may have to be put into a field."""
LONGEST_CODE = 100_000
"""How many characters a value may have to be shown as code."""

_DEEPEST = 80
"""How deeply brackets may be nested in code; Python's own limit is 200."""
_MOST_PARTS = 100_000

_TOKEN = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?', re.DOTALL
)
_MAYBE_HUGE = re.compile(r"[eE]\+?\d{3}|\d{309}")
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: It is not JSON, or too long. The message tells the line and column of the
            mistake, both counted from 1.
    """
    if len(text) > LONGEST:
        raise ValueError(
            f"the text has {len(text):,} characters, at most {LONGEST:,} are taken; "
            "upload it as a file (table)"
        )
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=unique)
    except TwinError as exc:
        raise ValueError(f"the value is not taken: {exc.place(text)}") from None
    except json.JSONDecodeError as exc:
        if not text.strip():
            raise ValueError('the value is empty; write JSON, such as 42 or "cold"') from None
        word = text[exc.pos : exc.pos + 1]  # a comma or a bracket there is not a text
        bare = exc.msg.startswith("Expecting") and (word.isalpha() or word in {"'", "_"})
        hint = '; texts need double quotes, as in "cold"' if bare else ""
        place = f"at line {exc.lineno}, column {exc.colno}"
        raise ValueError(f"the value is not JSON: {in_words(exc)} {place}{hint}") from None
    except RecursionError:
        raise ValueError(
            "the value is not JSON that can be read: it is nested too deeply"
        ) from None
    except ValueError:
        raise ValueError(_oddity(text)) from None
    if _MAYBE_HUGE.search(text) and (odd := _oddity(text)):
        raise ValueError(odd)
    return value


def as_json(value: object) -> str | None:
    """A value as JSON that reads back as an equal value of the same types; None: there is none.

    Of tuples, subclasses, nan and keys that are not texts there is none; nor of what is long.
    """
    if not _is_plain(value):
        return None
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):  # a number of more digits than Python writes
        return None
    if len(text) > LONGEST_FILLED:
        return None
    # What is not seen, or cannot go to the page, stands there as JSON's escape.
    return text if text.isprintable() else json.dumps(value)


def json_code(text: str) -> str | None:
    """Python code for the value of a JSON text; None where it would be too long to show.

    Raises:
        ValueError: As from `read_json`.
    """
    if len(text) > LONGEST_CODE:
        return None
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in ("]", "}"):
            depth -= 1
    return repr(read_json(text)) if deepest <= _DEEPEST else f"json.loads({text!r})"


def _is_plain(value: object) -> bool:
    """Whether it has JSON's own types only. Looks at so many parts at most, in a circle too."""
    left, parts = [value], 0
    while left:
        each = left.pop()
        parts += 1
        if parts > _MOST_PARTS:
            return False
        if type(each) is dict:
            if not all(type(key) is str for key in each):
                return False
            left += each.values()
        elif type(each) is list:
            left += each
        elif type(each) is float:
            if not math.isfinite(each):
                return False
        elif each is not None and type(each) not in (str, int, bool):
            return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _oddity(text: str) -> str:
    """What in a text Python reads and JSON has not, or what Python cannot read; with its place."""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] == '"':
            continue
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        place = f"at line {line}, column {column}"
        if token[-1] in "Ny":
            return f"the value is not JSON: {token} {place}; write null, or a text"
        if any(sign in token for sign in ".eE"):
            if math.isinf(float(token)):
                return f"the value is not JSON: a number {place} is too large; write it as a text"
        elif len(token) > 4_300:
            return (
                f"the value is not JSON that can be read: a number {place} has "
                f"{len(token):,} digits; write it as a text"
            )
    return ""
