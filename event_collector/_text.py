"""Values in one line of text, the same in every run, for reprs, messages and tables."""

import re
import reprlib
from collections.abc import Iterable
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LIMIT = 120


class _OneLine(reprlib.Repr):
    """Shortens long values and sorts sets; unlike its base it keeps a dict's order."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 80
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 8

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        if level <= 0 and x:
            return "{...}"
        shown = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in list(x.items())[: self.maxdict]
        ]
        if len(x) > self.maxdict:
            shown.append("...")
        return "{" + ", ".join(shown) + "}"

    def repr_set(self, x: set[Any], level: int) -> str:
        return super().repr_set(_ordered(x), level)  # type: ignore[arg-type]

    def repr_frozenset(self, x: frozenset[Any], level: int) -> str:
        return super().repr_frozenset(_ordered(x), level)  # type: ignore[arg-type]

    def repr_instance(self, x: object, level: int) -> str:
        try:
            text = repr(x)
        except Exception as exc:
            return f"<{type(x).__name__} whose repr raised {type(exc).__name__}>"
        return _shorten(_flat(text), self.maxother)


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Ordered by text, for those that have no full order of their own (that one comes on top)."""
    return sorted(values, key=one_line)


def _flat(text: str) -> str:
    """Without addresses, and in one line. White space within one line means something: it stays."""
    if text.splitlines() != [text]:
        text = " ".join(text.split())
    return _ADDRESS.sub("", text)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


_reprs = _OneLine()


def one_line(value: object, limit: int = _LIMIT) -> str:
    """The repr of a value in one line: no addresses, no line breaks, `limit` characters at most.

    Never raises: a repr that fails is named instead.
    """
    try:
        text = _reprs.repr(value)
    except Exception as exc:
        return f"<{type(value).__name__} whose repr raised {type(exc).__name__}>"
    return _shorten(text, limit)


def describe(exception: BaseException, limit: int = _LIMIT) -> str:
    """An exception as `ValueError: what it says`, in one line."""
    name = type(exception).__name__
    try:
        said = _flat(str(exception)).strip()
    except Exception as exc:
        said = f"its str raised {type(exc).__name__}"
    return _shorten(f"{name}: {said}" if said else name, limit)
