"""All that differs between ours and the peer, whose package has the same name."""

import asyncio
import random
import statistics
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.spec import OURS

if TYPE_CHECKING:
    from event_collector import CollectorQueue


def use(side: str, root: str | None) -> None:
    """Import the side's `event_collector`, and make sure that it is the right one.

    Args:
        side: Ours or the peer.
        root: The directory that holds our `event_collector`.
    """
    if side == OURS and root is not None:
        sys.path.insert(0, root)
    import event_collector

    here = Path(event_collector.__file__).resolve()
    home = Path(root or "" if side == OURS else sys.prefix).resolve()
    if not here.is_relative_to(home):
        raise ImportError(f"event_collector was imported from {here}, which is not in {home}")
    if side != OURS:
        metadata.version("event-collector")  # ours is distributed by another name


class Keeper:
    """Keeps the events that are sent: in our History, in a list for the peer, which has none."""

    def __init__(self, side: str, queue: "CollectorQueue", limit: int) -> None:
        self.kept: Any = []
        self.add = self.kept.append
        """Called with each event that a send returns."""
        if side == OURS:
            from event_collector import History

            self.kept = History(queue, limit=limit)
            self.add = _already_kept


def _already_kept(event: object) -> None:
    pass


def mean_response_time(count: int) -> float:
    """Simulate an M/M/1 system with our virtual clock, which the peer does not have."""
    from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
    from event_collector.simulation import simulate

    async def serve(payload: Payload[None], ctx: Context) -> Result:
        await asyncio.sleep(random.expovariate(1.0))
        return Ok(None)

    async def main() -> float:
        collector = Collector("server", serve)
        async with CollectorQueue([collector], min_consumers=1, max_consumers=1) as queue:
            publisher, events = queue.get_publisher(), []
            for _ in range(count):
                await asyncio.sleep(random.expovariate(0.8))
                events.append(await publisher.send(Payload(None)))
            await publisher.wait()
        return statistics.fmean(event.response_time or 0.0 for event in events)

    return simulate(main, seed=1)
