"""Faults on purpose: a collector raises, hangs or is slow, for all to see what comes of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Literal

from event_collector import (
    CollectorQueue,
    Context,
    EventCollectorError,
    Payload,
    Processor,
    Result,
    UnknownCollectorError,
    _check,
)
from event_collector._text import one_line

type FaultKind = Literal["raise", "hang", "slow"]
"""What a fault does to a payload: see `Faults.set`."""

_VERBS = {"raise": "raises", "hang": "hangs", "slow": "is slowed"}


class FaultInjectedError(EventCollectorError):
    """What a collector raises where `bench.faults` has it raise on purpose."""

    def __init__(self, key: str) -> None:
        self.key = key
        """The collector's key."""
        super().__init__(f"on purpose, in {key!r}: a fault is set there, see bench.faults")

    def __reduce__(self) -> tuple[type["FaultInjectedError"], tuple[str]]:
        return type(self), (self.key,)


@dataclass(frozen=True, slots=True)
class FaultOnPurpose:
    """A fault that is on, as it was set."""

    key: str
    kind: FaultKind
    probability: float
    """In what share of the payloads, above 0 and at most 1."""
    seed: int
    seconds: float | None
    """By how much it is slowed; None where it raises or hangs."""

    def __str__(self) -> str:
        slowed = "" if self.seconds is None else f" by {self.seconds:g} s"
        return f"{self.key} {_VERBS[self.kind]}{slowed} in {100 * self.probability:.3g} %"


class Faults:
    """What goes wrong on purpose in a queue, by collector. Nothing does unless it is set.

    `set` and `clear` go by the key: a collector that replaces one is faulty too.

    Args:
        queue: The queue.
        changed: Called when faults were set or cleared.
    """

    def __init__(self, queue: CollectorQueue, changed: Callable[[], object]) -> None:
        self._queue = queue
        self._changed = changed
        self._on: dict[str, _Running] = {}

    @property
    def on(self) -> Mapping[str, FaultOnPurpose]:
        """The faults that are on, by key, in the order in which they were set; read-only."""
        return MappingProxyType({key: each.fault for key, each in self._on.items()})

    def set(
        self,
        key: str,
        kind: FaultKind,
        *,
        probability: float = 1.0,
        seed: int = 0,
        seconds: float | None = None,
    ) -> None:
        """Have a collector do wrong on purpose, from the next payload on that is taken.

        One fault for a collector: this one takes the place of the one before. With the same seed
        the same payloads suffer, counted as they reach the collector.

        Args:
            key: The collector's key.
            kind: "raise": it raises a FaultInjectedError, and its processor is not called.
                "hang": nothing goes on until the fault is cleared, the collector's `timeout` is
                over or the queue cuts it off as it shuts down. "slow": it waits for `seconds`
                first.
            probability: In what share of the payloads, above 0 and at most 1.
            seed: Which payloads these are.
            seconds: By how much it is slowed, 1.0 unless given; for "slow" only.

        Raises:
            UnknownCollectorError: No collector has that key.
            TypeError, ValueError: An argument is not as above.
            RuntimeError: The queue runs, and not in this thread and loop.
        """
        fault = _checked(key, kind, probability, seed, seconds)
        running = _Running(fault)
        running.end = self._queue.wrap(key, running.around)
        self._stop(key)
        self._on[key] = running
        self._changed()

    def clear(self, key: str | None = None) -> None:
        """Have a collector work as it is written again; without a key, all of them.

        What hangs goes on. Where no fault is on, nothing happens.

        Raises:
            TypeError: `key` is not a str.
            UnknownCollectorError: No collector has that key, and no fault goes by it.
            RuntimeError: The queue runs, and not in this thread and loop.
        """
        if key is not None and _check.name(key, "key") not in self._on:
            if key not in self._queue.collectors:
                raise UnknownCollectorError(key, list(self._queue.collectors))
            return
        for each in list(self._on) if key is None else [key]:
            self._stop(each)
            self._changed()

    def words(self) -> str:
        """All that is on, in one line; empty if nothing is."""
        told = "; ".join(str(each.fault) for each in self._on.values())
        return f"faults on purpose: {told}" if told else ""

    def _stop(self, key: str) -> None:
        if (before := self._on.get(key)) is not None:
            before.end()
            del self._on[key]
            before.cleared.set()

    def __repr__(self) -> str:
        told = "; ".join(str(each.fault) for each in self._on.values())
        return f"Faults({told or 'none is on'})"


class _Running:
    """A fault at work: it stands around the processor."""

    def __init__(self, fault: FaultOnPurpose) -> None:
        self.fault = fault
        self.cleared = asyncio.Event()
        self.end: Callable[[], None] = lambda: None
        """Takes it away from the processor."""
        self._chance = Random(fault.seed)

    async def around(self, payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        """Do wrong if it is this payload's turn to suffer; then, or else, have it processed."""
        fault = self.fault
        if self._chance.random() < fault.probability:
            if fault.kind == "raise":
                raise FaultInjectedError(fault.key)
            if fault.seconds is None:
                await self.cleared.wait()
            else:
                await asyncio.sleep(fault.seconds)
        return await processor(payload, ctx)


def _checked(
    key: object, kind: object, probability: object, seed: object, seconds: object
) -> FaultOnPurpose:
    """A fault of these arguments, or the error that says what is wrong with them."""
    key = _check.name(key, "key")
    if kind not in ("raise", "hang", "slow"):
        raise ValueError(f'kind must be "raise", "hang" or "slow", got {one_line(kind)}')
    if isinstance(probability, bool) or not isinstance(probability, int | float):
        told = f"{type(probability).__name__}: {one_line(probability)}"
        raise TypeError(f"probability must be a number, got {told}")
    if not 0 < probability <= 1:
        raise ValueError(
            f"probability must be above 0 and at most 1, got {one_line(probability)}; "
            f"clear({key!r}) ends a fault"
        )
    seed = _check.integer(seed, "seed")
    if kind == "slow":
        seconds = 1.0 if seconds is None else _check.seconds(seconds, "seconds", bound="above 0")
        if seconds == 0:
            raise ValueError(f"seconds must be above 0, got 0; clear({key!r}) ends a fault")
    elif seconds is not None:
        raise ValueError(f'seconds is for "slow" only, got {one_line(seconds)} with {kind!r}')
    return FaultOnPurpose(key, kind, float(probability), seed, seconds)
