"""Reading a queue from any thread: copies, and counts that add up though they move meanwhile.

The queue's thread may go on between any two lines here, so whatever it changes is copied by one
call into C, which nothing comes between while Python has its lock; and what belongs together is
read in an order in which it cannot contradict itself. Nothing here changes the queue.
"""

from math import nan

from event_collector import metrics
from event_collector._core import at_work
from event_collector._core.consumers import Consumers
from event_collector.metrics import Metrics, Tally

TRIES = 5
"""How often the counts are read anew if they moved meanwhile."""


def read(consumers: Consumers) -> Metrics:
    """See `CollectorQueue.metrics`."""
    tally, in_service = _counts(consumers)
    return metrics.read(
        tally,
        in_service=in_service,
        consumer_limits=consumers.limits,
        collectors=consumers.queued.counts(at_work.counts(consumers)),
        blocking=dict(consumers.blocking),
        now=consumers.time() if consumers.begun else nan,
        oldest=consumers.queued.oldest(),
    )


def _counts(consumers: Consumers) -> tuple[Tally, int]:
    """What was counted, and how many events are in service, at one moment if that can be had.

    `queued` is derived from the two, and so they always add up. It is never negative either:
    finished is read first, then who is in service, then accepted. An event that was finished has
    its results, and is not counted as in service; one in service was accepted before. One that is
    between two places counts as queued: from then on it can only be seen further on.
    """
    for _ in range(TRIES):
        tally = consumers.tally.copy()
        in_service = len(
            {  # by the event, not the consumer: one that was parked may be with another one now
                event
                for consumer in list(consumers.active.values())
                if (event := consumer.event) is not None
                and event.consumer is not None  # the router still chooses
                and not event.done
            }
        )
        tally.accepted = consumers.tally.accepted
        queued = tally.accepted - tally.finished - in_service
        if consumers.tally.finished == tally.finished and len(consumers.queued) == queued:
            break
    return tally, in_service
