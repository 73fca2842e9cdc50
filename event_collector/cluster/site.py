"""Site: one worker as its sender sees it; Item: one payload on its way to a worker and back."""

import asyncio
from typing import Any

from event_collector._log import logger
from event_collector.cluster import packing
from event_collector.cluster.lanes import Lane
from event_collector.data import Error, Result

SETTLED = 1.0
"""Seconds after which a worker that has come counts as started. One that is killed before that,
dask does not replace: its nanny takes it for one that cannot start."""
STRANGE = 10.0
"""Seconds after which a worker that does not know the collector is given up."""

UNKNOWN = (
    "it does not know the collector: is event-collector-toolkit there, in this version, with the "
    "extra [cluster]?"
)


class Item:
    """One payload on its way to a worker and back.

    Args:
        place: Its place among all, by which they are sent again in order.
        packed: The payload as it travels.
        done: Its result; cancelled if nobody waits for it any more.
        lane: The lane that it has to stay in; None: any order is fine.
    """

    __slots__ = (
        *("attempts", "done", "lane", "number", "packed", "place", "shown", "site"),
        "workers",
    )

    def __init__(
        self, place: int, packed: Any, done: asyncio.Future[Result], lane: Lane[Any] | None
    ) -> None:
        self.place = place
        self.packed = packed
        self.done = done
        self.lane = lane
        self.number = 0
        """By which a worker knows it: another one each time that it is sent."""
        self.attempts = 0
        """How often it was given to a worker, unless that is known to have failed."""
        self.workers: list[str] = []
        """The addresses of the workers that were lost with it."""
        self.site: Site | None = None
        """The worker that has it."""
        self.shown = b""
        """What its processor has shown there, packed."""


class Site:
    """One worker, and what it has of ours.

    Args:
        address: Where it is reached.
        since: When it was first seen; 0: it was there from the beginning.
    """

    __slots__ = (
        *("address", "alone", "beside", "failure", "fetching", "gone", "heard", "items", "leaving"),
        *("listed", "retry_at", "sends", "silent", "since", "unknown_since"),
    )

    def __init__(self, address: str, since: float = 0.0) -> None:
        self.address = address
        self.since = since
        self.items: dict[int, Item] = {}
        """What it has, by number."""
        self.sends = 0
        """How many chunks are on their way to it."""
        self.fetching = False
        """Whether it is being asked for results."""
        self.alone = False
        """Whether it is kept for payloads that may end their worker, and gets no others."""
        self.beside: list[Site] = []
        """The same worker as other fleets see it, and this: see `Neighbours`."""
        self.leaving = False
        """Whether it has said that it takes no more: it is being retired."""
        self.listed = True
        """Whether the scheduler lists it among those that take work."""
        self.gone = False
        """Whether it was lost: what is heard of it later does not count."""
        self.retry_at = 0.0
        """When it may be tried again, after it was not reached."""
        self.failure: Any = None
        """What its lifecycle failed with there, packed: it is not used."""
        self.unknown_since: float | None = None
        """Since when it says that it does not know the collector, if it does."""
        self.heard = 0.0
        """When it last replied."""
        self.silent = False
        """Whether it has not replied for long."""

    def is_strange(self, unknown: bool, now: float) -> bool:
        """Whether it has said for long that it does not know the collector; it says so now or not.

        One that has just come may need some time until its lifecycle is entered.
        """
        self.unknown_since = (self.unknown_since or now) if unknown else None
        return self.unknown_since is not None and now - self.unknown_since > STRANGE

    def heed(self, state: Any, key: str, now: float) -> None:
        """Heed what it says of itself.

        Args:
            state: "ok", "left", "unknown", "early" where it is not set up yet, or what its
                lifecycle failed with, packed.
            key: The collector's.
            now: The time.
        """
        if self.is_strange(state == "unknown", now):
            state = packing.pack_result(Error(RuntimeError(UNKNOWN)))
        if isinstance(state, tuple) and self.failure is None:
            self.failure = state
            logger.error(
                "collector %r: its lifecycle is not open on worker %s, which gets nothing any more",
                *(key, self.address),
                exc_info=packing.unpack_result(*state).exception,  # type: ignore[union-attr]
            )
        self.leaving = self.leaving or state == "left"

    def usable(self, now: float) -> bool:
        """Whether it may be given anything now."""
        out = self.leaving or not self.listed or self.gone or self.failure or self.silent
        return not out and now >= self.retry_at

    def settled(self, now: float) -> bool:
        """Whether it may be given what may end it."""
        return self.usable(now) and (self.since == 0 or now - self.since > SETTLED)

    def room(self, chunk: int, now: float) -> int:
        """How many payloads it may be given now: two chunks are its share, in two transfers."""
        if self.kept or self.sends >= 2 or not self.usable(now):
            return 0
        return max(0, 2 * chunk - len(self.items))

    @property
    def asked(self) -> bool:
        """Whether it has something to answer."""
        return bool(self.items or self.sends or self.fetching)

    @property
    def idle(self) -> bool:
        """Whether it has nothing of this fleet, and nothing is on its way."""
        return not self.items and not self.sends

    @property
    def kept(self) -> bool:
        """Whether it is kept for suspects, of this fleet or of another."""
        return self.alone or any(each.alone for each in self.beside)

    @property
    def quiet(self) -> bool:
        """Whether it has nothing of any fleet, and nothing is on its way."""
        return self.idle and all(each.idle for each in self.beside)

    @property
    def load(self) -> int:
        """How much it has of all fleets, and how much is on its way."""
        return sum(len(each.items) + each.sends for each in self.beside or [self])
