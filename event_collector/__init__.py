"""An asyncio event collector: payload -> queue -> consumers -> router -> collectors -> results.

>>> import asyncio
>>> async def double(payload: Payload, ctx: Context) -> Result:
...     return Ok(2 * payload.value)
>>> async def main():
...     queue = CollectorQueue([Collector("double", double)], min_consumers=1, max_consumers=10)
...     async with queue:
...         event = await queue.get_publisher().send(Payload(21))
...         return await event.wait()
>>> asyncio.run(main())
ResultList([Ok(42)])

Each public word has a module of its own beside this one. How an event goes from a payload to its
results is told in `event_collector._core`, where the works are.
"""

import logging

from event_collector.collector import BatchProcessor, Collector, LifecycleManager, Processor
from event_collector.data import Context, Delivery, Error, Ok, Payload, Result, ResultList
from event_collector.errors import (
    EventCollectorError,
    LifecycleEndedError,
    QueueClosedError,
    QueueFullError,
    UnknownCollectorError,
    UnpicklableError,
)
from event_collector.history import History
from event_collector.instrument import Instrument
from event_collector.metrics import CollectorMetrics, Metrics
from event_collector.queue import (
    CollectorEvent,
    CollectorQueue,
    EventPublisher,
    QueueType,
    Sending,
)
from event_collector.roster import Roster
from event_collector.router import Explanation, Router, SimpleRouter
from event_collector.settling import Place, SettleReport, Stuck, StuckLifecycle
from event_collector.signals import StopOnSignals, stop_on_signals

__version__ = "0.1.0"

__all__ = [
    "BatchProcessor",
    "Collector",
    "CollectorEvent",
    "CollectorMetrics",
    "CollectorQueue",
    "Context",
    "Delivery",
    "Error",
    "EventCollectorError",
    "EventPublisher",
    "Explanation",
    "History",
    "Instrument",
    "LifecycleEndedError",
    "LifecycleManager",
    "Metrics",
    "Ok",
    "Payload",
    "Place",
    "Processor",
    "QueueClosedError",
    "QueueFullError",
    "QueueType",
    "Result",
    "ResultList",
    "Roster",
    "Router",
    "Sending",
    "SettleReport",
    "SimpleRouter",
    "StopOnSignals",
    "Stuck",
    "StuckLifecycle",
    "UnknownCollectorError",
    "UnpicklableError",
    "stop_on_signals",
]

logging.getLogger("event_collector").addHandler(logging.NullHandler())
