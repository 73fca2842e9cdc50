"""The errors that this package raises of its own, each of which builds its message."""

from event_collector._text import describe


class EventCollectorError(Exception):
    """The parent of every error that is particular to this package."""


class QueueClosedError(EventCollectorError):
    """The queue is not running: not started yet, or shut down.

    Raised by a send, and held by the `Error` of an event that a forced shutdown cut off.
    """

    def __init__(self, state: str, advice: str) -> None:
        self.state = state
        """What the queue is or was, such as "is not started"."""
        self.advice = advice
        super().__init__(f"the queue {state}; {advice}")

    def __reduce__(self) -> tuple[type["QueueClosedError"], tuple[str, str]]:
        return type(self), (self.state, self.advice)


class QueueFullError(EventCollectorError):
    """A payload found no room, and is not accepted.

    `send_nowait` found `max_queued` events queued; or `send_threadsafe(wait_for_room=True)` was not
    accepted within its `timeout` in seconds.
    """

    def __init__(self, max_queued: int | None, timeout: float | None = None) -> None:
        self.max_queued = max_queued
        self.timeout = timeout
        how, what = "", "await send() to wait for room"
        if timeout is not None:
            how, what = f" for {timeout:g} s", "wait longer"
        super().__init__(
            f"the queue was full{how} (max_queued={max_queued}); {what}, or raise max_queued"
            if how
            else f"the queue is full (max_queued={max_queued}); {what}, or raise max_queued"
        )

    def __reduce__(self) -> tuple[type["QueueFullError"], tuple[int | None, float | None]]:
        return type(self), (self.max_queued, self.timeout)


class UnknownCollectorError(EventCollectorError, KeyError):
    """`remove` or `replace` named a key that no collector of the queue has."""

    def __init__(self, key: str, keys: list[str]) -> None:
        self.key = key
        self.keys = keys
        """The keys that there are, in order."""
        super().__init__(key, keys)

    def __str__(self) -> str:
        return f"no collector has the key {self.key!r}; the queue's collectors are {self.keys!r}"


class LifecycleEndedError(EventCollectorError):
    """A collector's lifecycle is not open, and nobody has left it.

    Held by the `Error` of each payload of a collector whose lifecycle has ended by itself while the
    queue runs; what the lifecycle raised is its `__cause__`. Raised where a lifecycle was
    cancelled by somebody else, or cannot be entered because an earlier one was given up.
    """

    def __init__(
        self,
        key: str,
        state: str = "ended while the queue ran",
        advice: str = "replace the collector, or start the queue again",
    ) -> None:
        self.key = key
        """The collector's key."""
        self.state = state
        """What became of the lifecycle, such as "ended while the queue ran"."""
        self.advice = advice
        super().__init__(f"the lifecycle of collector {key!r} {state}; {advice}")

    def __reduce__(self) -> tuple[type["LifecycleEndedError"], tuple[str, str, str]]:
        return type(self), (self.key, self.state, self.advice)


class UnpicklableError(EventCollectorError):
    """Stands for an exception that cannot be pickled, in an `Error` that was."""

    def __init__(self, exception: BaseException | str) -> None:
        self.description = exception if isinstance(exception, str) else describe(exception)
        """The exception's type and what it said."""
        super().__init__(self.description)
