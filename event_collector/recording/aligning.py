"""Which event of one recording belongs to which of another: by payload, in order."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from numbers import Real
from typing import Any

from event_collector._text import one_line
from event_collector.event import CollectorEvent

type Pair = tuple[CollectorEvent | None, CollectorEvent | None]

_MOST = 500
"""With more events than these that are in one alone, nothing is looked for: place by place."""


def pairs(a: Sequence[CollectorEvent], b: Sequence[CollectorEvent]) -> list[Pair]:
    """The events of both, in order, those with the same payload beside each other.

    Where events are missing in one, or others have come, what follows is still paired. Between two
    that are the same, those that are not stand beside each other: their payload has changed.
    """
    known: dict[object, int] = {}
    ours, theirs = ([known.setdefault(_told(each), len(known)) for each in it] for it in (a, b))
    found: list[Pair] = []
    i = j = 0
    for x, y in [*_same(ours, theirs), (len(a), len(b))]:
        found += zip_longest(a[i:x], b[j:y])
        if x < len(a) and y < len(b):
            found.append((a[x], b[y]))
        i, j = x + 1, y + 1
    return found


def _same(a: list[int], b: list[int]) -> Iterator[tuple[int, int]]:
    """The places of what is the same in both: as much as can be, in order."""
    shorter = min(len(a), len(b))
    first = next((n for n in range(shorter) if a[n] != b[n]), shorter)
    left = shorter - first
    last = next((n for n in range(left) if a[-1 - n] != b[-1 - n]), left)
    yield from ((n, n) for n in range(first))
    one, other = a[first : len(a) - last], b[first : len(b) - last]
    yield from ((first + x, first + y) for x, y in _between(one, other))
    yield from ((len(a) - n, len(b) - n) for n in range(last, 0, -1))


def _between(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """The same, by the fewest that are in one alone (Myers, 1986)."""
    reached, steps = {1: 0}, []
    for count in range(min(len(a) + len(b), _MOST) + 1):
        steps.append(dict(reached))
        for diagonal in range(-count, count + 1, 2):
            down = diagonal == -count or (
                diagonal != count and reached[diagonal - 1] < reached[diagonal + 1]
            )
            x = reached[diagonal + 1] if down else reached[diagonal - 1] + 1
            while x < len(a) and x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x >= len(a) and x - diagonal >= len(b):
                return _back(steps, x, x - diagonal)
    return [(n, n) for n in range(min(len(a), len(b))) if a[n] == b[n]]


def _back(steps: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """The way that has led here."""
    found = []
    for count in range(len(steps) - 1, -1, -1):
        reached, diagonal = steps[count], x - y
        down = diagonal == -count or (
            diagonal != count and reached[diagonal - 1] < reached[diagonal + 1]
        )
        before = diagonal + 1 if down else diagonal - 1
        to = reached[before]
        start = to if down else to + 1
        while x > start:
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = to, to - before
    return found[::-1]


def _told(event: CollectorEvent) -> object:
    """What tells a payload from others. Who has the same need not be equal: that is for later."""
    payload = event.payload
    try:
        return payload.delivery, _key(
            [payload.keys, payload.topics, payload.priority, payload.value]
        )
    except Exception:
        return None


def _key(value: Any) -> object:
    """Something that can be hashed, and is the same for floats that are near enough, mostly."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return kind, value
    if isinstance(value, Real):
        return value if isinstance(value, int) and abs(value) >= 10**9 else f"{float(value):.9g}"
    if isinstance(value, list | tuple):
        return (kind, *map(_key, value))
    if kind is dict:
        return frozenset((key, _key(each)) for key, each in value.items())
    return kind, one_line(value)
