"""The errors that are particular to a cluster."""

from typing import Any

from event_collector._text import describe
from event_collector.errors import EventCollectorError


class WorkerLostError(EventCollectorError):
    """The workers that had an event have died, or are out of reach, and it is not tried again.

    Held by the event's `Error`. It may have been processed, wholly or in part, as often as it was
    tried: nobody is left who knows.
    """

    def __init__(self, key: str, attempts: int, workers: list[str]) -> None:
        self.key = key
        """The collector's key."""
        self.attempts = attempts
        """How often it was given to a worker."""
        self.workers = workers
        """The addresses of the workers that were lost with it, in order."""
        times = "once" if attempts == 1 else f"{attempts} times"
        super().__init__(
            f"collector {key!r} lost the worker each time that it gave it this payload, {times}: "
            f"{', '.join(workers)}; if it is the payload that ends them, mend the processor, else "
            "send it again"
        )

    def __reduce__(self) -> tuple[type["WorkerLostError"], tuple[str, int, list[str]]]:
        return type(self), (self.key, self.attempts, self.workers)


class ClusterClosedError(EventCollectorError):
    """The cluster's scheduler is out of reach, or the client was closed.

    Raised by a start, and held by the `Error` of an event that had no result by then.
    """

    def __init__(self, state: str, advice: str = "connect a new Client") -> None:
        self.state = state
        """What became of it, such as "the client is closed"."""
        self.advice = advice
        super().__init__(f"{state}; {advice}")

    def __reduce__(self) -> tuple[type["ClusterClosedError"], tuple[str, str]]:
        return type(self), (self.state, self.advice)


class LeftBadlyError(Exception):
    """Brings from a worker what a lifecycle raised there as it was left.

    Args:
        packed: The kind of the exception, and the exception, packed.
    """

    def __init__(self, packed: tuple[str, Any]) -> None:
        super().__init__(packed)
        self.packed = packed


def too_late(key: str, cancelled: BaseException | None = None) -> TimeoutError:
    """The error of a lifecycle that takes too long on a worker.

    Args:
        key: The collector's key.
        cancelled: What ended it when it was cancelled; None: nothing has.
    """
    end = "keeps its thread until it ends" if cancelled is None else "was cancelled"
    late = TimeoutError(f"the lifecycle of collector {key!r} did not end in time, and {end}")
    late.__cause__ = cancelled
    return late


def as_exception(exc: BaseException) -> Exception:
    """What may be raised in a worker's own loop, which anything else would end."""
    return exc if isinstance(exc, Exception) else RuntimeError(describe(exc))
