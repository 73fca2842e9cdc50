"""What a collector with batches is given, checked: how many payloads, and how long one may wait."""

from event_collector import _check
from event_collector._text import one_line


def fits(key: str, size: int | None, consumers: int) -> None:
    """A collector's `batch_size`, where it meets the `max_consumers` of a queue.

    Raises:
        ValueError: It is larger: such a batch would never be full.
    """
    if size is not None and size > consumers:
        raise ValueError(
            f"batch_size of collector {key!r} is {size}, more than max_consumers={consumers}: each "
            "payload of a batch waits in a consumer; raise max_consumers, or lower batch_size"
        )


LINGER = 0.05
"""Seconds for which a batch may wait for more, unless a collector says otherwise."""


def checked(key: str, size: object, linger: object) -> tuple[int | None, float]:
    """`batch_size` and `linger` of a collector; without the first the second says nothing.

    Raises:
        TypeError: `batch_size` is not an int, or `linger` not a number.
        ValueError: One of them is too small, or not finite; `linger` is given alone.
    """
    seconds_ = LINGER if linger is None else _check.seconds(linger, "linger")
    if size is not None:
        return _check.whole(size, "batch_size", 1), seconds_
    if linger is not None:
        raise ValueError(
            f"linger={one_line(linger)} of collector {key!r} needs batch_size: nothing waits for "
            "more where each payload is processed by itself; give batch_size, or leave linger out"
        )
    return None, seconds_
