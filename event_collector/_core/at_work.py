"""At work: how many payloads each collector's processor has begun and not ended.

Nobody counts them as they go: an event pays nothing for it. They are found, whenever somebody
reads, in what those who run processors know anyway. Safe in any thread, as `reading` is.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from event_collector._core.consumers import Consumers
from event_collector._core.watch import Delivering, Runner
from event_collector.collector import Collector


def counts(consumers: Consumers) -> Counter[Collector]:
    """By collector, how many payloads are in service in it now."""
    found = Counter[Collector]()
    if not consumers.begun:  # it has never run, and has no watch
        return found
    for runner in list(_runners(consumers)):
        one: Any = runner.collector
        if one is not None and not runner.resting and one.batch_size is None:
            found[one] += 1
    for one in found:
        if one._limiter is not None:  # the others wait for a place
            found[one] = min(found[one], one._limiter.taken)
    batches: Any = consumers.watch.batches()
    for batch in () if batches is None else list(batches.at_work.values()):
        if batch.begun:
            found[batch.collector] += len(batch.members)
    return found


def _runners(consumers: Consumers) -> Iterator[Runner]:
    """Who gives a payload to a collector now."""
    for consumer in list(consumers.active.values()):
        event = consumer.event
        if event is None or event.consumer is None or event.done:
            continue
        yield consumer
        if (walk := consumer.dispatch) is not None:
            yield from list(walk.walkers.values())
    for giving in list(consumers.watch.deliverers.values()):  # a custom router, or a processor
        each: Delivering | None = giving
        while each is not None:
            if each.runner is not None:
                yield each.runner
            if each.walk is not None:
                yield from list(each.walk.walkers.values())
            each = each.outer
