"""A change of a queue's collectors: made, and told of once, wherever the stop button strikes."""

from collections.abc import Callable

from event_collector._core.consumers import Consumers


def change[T](consumers: Consumers, put: Callable[[T], object], what: T) -> None:
    """Have a collector come or go, and whoever wants to know be told of it once."""
    roster, left = consumers.queued.router.collectors, iter(consumers.hooks.collectors_changed)
    before = roster.everyone()
    try:
        put(what)
        consumers.collectors_changed(left)
    except (KeyboardInterrupt, SystemExit):
        if roster.everyone() != before:
            consumers.collectors_changed(left)
        raise
