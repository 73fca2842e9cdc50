"""Words for the alternative texts of pictures: payloads and keys, and lists of them, kept short."""

from collections.abc import Iterable
from itertools import accumulate

from event_collector._text import one_line


def word(value: object, limit: int = 14) -> str:
    """A payload or a key as a short text in one line; a str stands without quotes."""
    text = cut(plain(value), limit)
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def plain(value: object) -> str:
    """A str as it is, if it is a plain one; of all else the repr, in one line."""
    is_plain = isinstance(value, str) and value.isprintable() and value.strip() == value != ""
    return str(value) if is_plain else one_line(value)


def cut(text: str, limit: int) -> str:
    """A text of `limit` characters at most.

    >>> cut("a long name", 8)
    'a long..'
    """
    return text if len(text) <= limit else text[: limit - 2] + ".."


def listed(names: Iterable[str], room: int, between: str = ", ") -> str:
    """As many of the names as `room` characters hold, and how many more there are.

    >>> listed(["tea", "coffee", "milk"], room=13)
    'tea, coffee, and 1 more'
    """
    names = list(names)
    ends = accumulate(len(name) + len(between) for name in names)
    shown = [name for name, end in zip(names, ends, strict=True) if end <= room]
    left = len(names) - len(shown)
    return between.join([*shown, f"and {left:,} more"] if left else shown)


def plural(count: int, what: str) -> str:
    """A count with its noun.

    >>> plural(1, "event"), plural(10_000, "event")
    ('1 event', '10,000 events')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
