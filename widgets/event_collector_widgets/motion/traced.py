"""What a trace consists of: events, their results, and the queue, each a record of plain values."""

from dataclasses import dataclass
from typing import Literal

from event_collector._text import one_line

TEXT = 40
"""How many characters of a value a trace keeps at most."""

type Outcome = Literal["Ok", "Error", "undelivered"]
"""How a result ended; undelivered: no collector got the payload."""


@dataclass(frozen=True, slots=True)
class TracedResult:
    """One result of a payload."""

    collector: str | None
    """The collector's key; None where nobody told, or there is none."""
    outcome: Outcome
    text: str
    """The Ok's value or the Error's exception, in one short line."""


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """One payload's way. Times are seconds of the loop's clock, to the microsecond."""

    id: int
    """Its number among the events of its queue."""
    text: str
    """The payload's value in one short line, never the value."""
    delivery: str
    """ "broadcast", "key" or "topic"; "other" if it was set to something else by hand."""
    keys: tuple[str, ...]
    topics: tuple[str, ...]
    priority: int | None
    accepted: float
    taken: float | None
    """None while it is queued, or if it was cut off before."""
    finished: float | None
    """None until all results are in."""
    consumer: int | None
    """The number of the consumer that took it, from 1."""
    results: tuple[TracedResult, ...]
    """Empty until it is finished."""


@dataclass(frozen=True, slots=True)
class TracedCollector:
    """A collector, as far as the way of payloads goes."""

    key: str
    topics: tuple[str, ...]
    max_concurrency: int | None


@dataclass(frozen=True, slots=True)
class TracedChange:
    """The collectors from a time on."""

    time: float | None
    """Seconds of the loop's clock; None: from the beginning."""
    collectors: tuple[TracedCollector, ...]


@dataclass(frozen=True, slots=True)
class TracedNote:
    """Something that happened to the queue, told in words: a pause, a blocked loop."""

    time: float
    text: str
    """What holds from now on; empty: nothing any more."""


@dataclass(frozen=True, slots=True)
class TracedQueue:
    """The queue's parts."""

    order: str
    """ "FIFO", "LIFO" or "PRIORITY"."""
    default_priority: int
    min_consumers: int
    max_consumers: int
    max_queued: int | None
    router: str
    """The name of the router's class."""
    chooses: bool
    """Whether it is the default router, so that anybody can tell who will get a payload."""
    changes: tuple[TracedChange, ...]
    """The collectors, the first change with the time None."""


def moment(seconds: float) -> float:
    """A time to the microsecond, which a trace is told in."""
    return round(seconds * 1e6) / 1e6


def short(value: object, limit: int = TEXT) -> str:
    """A value in one short line; a plain str stands without quotes."""
    plain = isinstance(value, str) and value.isprintable() and value.strip() == value != ""
    text = str(value) if plain else one_line(value)
    return text if len(text) <= limit else text[: limit - 2] + ".."


def visible(text: str) -> str:
    """A text with what cannot be seen, or turns the text around it, written out as `repr` does."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def names(values: object) -> tuple[str, ...]:
    """Keys or topics, whatever they were set to by hand."""
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()
