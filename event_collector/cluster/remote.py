"""Remote: what stands here for a processor and a lifecycle that run on workers."""

import asyncio
import functools
import uuid
import weakref
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any

from distributed import Client

from event_collector._core.service import IN_SERVICE
from event_collector._core.whereabouts import event_here
from event_collector._log import logger
from event_collector._text import describe, one_line
from event_collector.cluster import attempted, packing, showing
from event_collector.cluster.fleet import Fleet
from event_collector.cluster.gone import PREFIX
from event_collector.cluster.limits import TimeLimits
from event_collector.cluster.link import Link
from event_collector.cluster.plugin import CollectorPlugin
from event_collector.cluster.site import Item
from event_collector.collector import Collector
from event_collector.data import Context, Error, Ok, Payload, Result
from event_collector.errors import LifecycleEndedError

CHUNK = 50
"""How many payloads travel together at most, unless given."""


class Remote:
    """What `on_cluster` was given, and where it runs now.

    Args:
        collector: What runs on the workers.
        client: The cluster's.
        chunk: How many payloads travel together at most; None: as many as is usual.
        ordered_by: Gives a payload's partition key; None: any order is fine.
        max_attempts: How often a payload is given to a worker that is lost with it.
    """

    def __init__(
        self,
        collector: Collector,
        client: Client,
        chunk: int | None,
        ordered_by: Callable[[Payload[Any]], Hashable] | None,
        max_attempts: int,
    ) -> None:
        self.collector = collector
        self.client = client
        self.given_chunk = chunk
        self.chunk = chunk or max(CHUNK, collector.batch_size or 1)
        self.ordered_by = ordered_by
        self.max_attempts = max_attempts
        self.limits = TimeLimits()
        self._open: dict[asyncio.AbstractEventLoop, _Entered] = {}
        self._seen: Any = None
        """The watch of the queue that a payload came from last."""
        self._told: weakref.WeakSet[Any] = weakref.WeakSet()
        """Queues of whose `max_consumers` something was said."""

    def spec(self) -> bytes:
        """What the collector is made of, as it is now.

        Raises:
            TypeError: Some of it cannot be pickled.
        """
        mine = self.collector
        parts = {"processor": mine.processor, "ctx": mine.ctx, "lifecycle": mine.lifecycle}
        for name, part in parts.items():
            try:
                packing.by_value(part)
            except Exception as exc:
                raise TypeError(
                    f"the {name} of collector {mine.key!r} cannot be pickled to be sent to a "
                    f"worker: {describe(exc)}; open what it needs in a lifecycle, which runs there"
                ) from exc
        return packing.by_value((mine.key, *parts.values(), mine.timeout, mine.batch_size))

    def fleets(self) -> list[Fleet]:
        """Those that run now, one for each loop."""
        return [entered.fleet for entered in list(self._open.values()) if entered.fleet]

    # The processor

    def processor(self) -> Callable[[Payload[Any], Context], Any]:
        """What stands for the processor here; it looks like the processor to who asks."""

        async def process(payload: Payload[Any], ctx: Context) -> Result:
            fleet = self._fleet_here()
            packed = packing.pack_payload(payload)
            lane = None
            if self.ordered_by is not None:
                lane = fleet.lane_of(self.ordered_by(payload))
            item = fleet.put(packed, lane)
            try:
                if self.collector.timeout is None:
                    result = await item.done
                else:
                    with self.limits.elsewhere():
                        result = await item.done
            except asyncio.CancelledError:
                fleet.call_off(item)
                raise
            if item.attempts > 1 or item.shown or type(result) is not Ok:
                self._tell(item, result)
            return result

        functools.update_wrapper(process, self.collector.processor)
        return process

    def _fleet_here(self) -> Fleet:
        """The fleet of this loop; tell once if a queue has too few consumers for it."""
        entered = self._open.get(asyncio.get_running_loop())
        if entered is None or (fleet := entered.fleet) is None:
            raise LifecycleEndedError(
                self.collector.key, "is not entered", "give it payloads by a queue that runs"
            )
        here = IN_SERVICE.get(None)
        if here is not None and here.watch is not self._seen:
            self._seen = here.watch
            if (event := event_here(here.watch)) is not None:
                fleet.queues.add(event._consumers)
                self._tell_of_limits(event._consumers, fleet)
        return fleet

    def _tell(self, item: Item, result: Result) -> None:
        """Note how often it was tried, and show what was shown there.

        Raises:
            KeyboardInterrupt, SystemExit: The processor raised it.
        """
        here = IN_SERVICE.get(None)
        if item.attempts > 1 and here is not None and (event := event_here(here.watch)) is not None:
            attempted.note(event, self.collector.key, item.attempts)
        if item.shown:
            showing.show(item.shown)
        if isinstance(result, Error):
            exc = result.exception
            if isinstance(exc, KeyboardInterrupt | SystemExit):
                raise exc

    def _tell_of_limits(self, consumers: Any, fleet: Fleet) -> None:
        if consumers in self._told:
            return
        self._told.add(consumers)
        most = getattr(consumers, "limits", (0, 0))[1]
        wanted = len(fleet.sites) * self.chunk
        if most < wanted:
            logger.warning(
                "collector %r: max_consumers=%d is less than %d workers x chunk=%d, so that they "
                "are never full; give the queue max_consumers=%d, or a smaller chunk",
                *(self.collector.key, most, len(fleet.sites), self.chunk, wanted),
            )

    # The lifecycle

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        """Be on the workers, once for all queues of this loop."""
        loop = asyncio.get_running_loop()
        entered = self._open.get(loop)
        if entered is None:
            entered = self._open[loop] = _Entered()
        entered.queues += 1
        try:
            async with entered.lock:
                if entered.fleet is None:
                    entered.fleet = await self._fleet()
            yield
        finally:
            entered.queues -= 1
            self._seen = None
            if not entered.queues:
                self._open.pop(loop, None)
                if entered.fleet is not None:
                    await entered.fleet.close()

    async def _fleet(self) -> Fleet:
        link = Link(self.client)
        key = self.collector.key
        token = f"{PREFIX}{key!r} {uuid.uuid4().hex} {self.client.id}"
        plugin = CollectorPlugin(token, self.spec())
        fleet = Fleet(
            key,
            link,
            plugin,
            timeout=self.collector.timeout,
            chunk=self.chunk,
            max_attempts=self.max_attempts,
            ordered=self.ordered_by is not None,
        )
        await fleet.open()
        return fleet

    def __repr__(self) -> str:
        return f"<{one_line(self.collector)} on a cluster>"


class _Entered:
    """The fleet of one loop, and how many queues have it."""

    def __init__(self) -> None:
        self.queues = 0
        self.lock = asyncio.Lock()
        self.fleet: Fleet | None = None
