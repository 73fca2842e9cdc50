"""Spec: what one measurement does, the same on every side."""

from dataclasses import dataclass
from typing import Final, Literal, NotRequired, TypedDict

type Values = dict[str, float]
"""What a measurement has found, by the name of the value."""

type What = Literal[
    "rate", "round trip", "flat", "lag", "queued", "kept", "carried", "frame", "simulated"
]

OURS: Final = "ours"
OTHER: Final = "other"
"""Our engine in another directory, such as another commit's. It is measured as ours is."""
PEER: Final = "peer"
BARE: Final = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What is measured. Two measurements with equal specs are the same one."""

    what: What = "rate"
    """Which measurement of `benchmarks.observe`."""
    events: int = 20_000
    """Events of one burst."""
    bursts: int = 5
    """How often a burst is made; the fastest counts."""
    collectors: int = 1
    """Collectors of the queue."""
    fewer: int = 0
    """For "flat": the number of collectors to compare with."""
    delivery: Literal["BROADCAST", "KEY", "TOPIC"] = "BROADCAST"
    """Who gets a payload: all collectors, or the one that its key or topic names."""
    order: Literal["FIFO", "LIFO", "PRIORITY"] = "FIFO"
    """In which order events are taken."""
    max_consumers: int = 1000
    """The most events in service at once."""
    carry: bool = False
    """Whether processors run in the contexts of the senders; ours only."""
    sleep: float = 0.0
    """Seconds that the processor sleeps; 0: it does nothing and never waits."""


class Order(TypedDict):
    """What a measuring process is told, as JSON."""

    side: str
    spec: dict[str, object]
    root: NotRequired[str]
    """The directory that holds our `event_collector`."""
