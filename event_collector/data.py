"""What travels: a Payload goes in, with its Delivery; a Context stays with each collector.

The results that come out are written in `event_collector.results` and belong here too.
"""

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Never

from event_collector import _check
from event_collector._text import one_line
from event_collector.results import Error, Ok, Result, ResultIterator, ResultList

__all__ = [
    "Context",
    "Delivery",
    "Error",
    "Ok",
    "Payload",
    "Result",
    "ResultIterator",
    "ResultList",
]

_NONE: tuple[str, ...] = ()
_PARTS = ("value", "delivery", "keys", "topics", "priority")


class Delivery(enum.Enum):
    """How a payload finds its collectors."""

    BROADCAST = "broadcast"
    """To every collector of the queue (fanout)."""
    KEY = "key"
    """To the collectors whose key is among the payload's keys."""
    TOPIC = "topic"
    """To the collectors that listen to any of the payload's topics."""

    def __repr__(self) -> str:
        return f"Delivery.{self.name}"


class Payload[T]:
    """A value to send, and how to deliver it.

    Args:
        value: Anything. It reaches every collector as it is, never copied.
        delivery: How the payload finds its collectors; BROADCAST unless given.
        keys: The keys of the collectors that get it, for `Delivery.KEY`.
        topics: The topics that it is about, for `Delivery.TOPIC`.
        priority: Its place in a priority queue, the lowest number first. None means the
            queue's `default_priority`. Other queues take no notice of it.

    Raises:
        TypeError: `delivery` is not a Delivery, `keys` or `topics` is a str or holds something
            else than strs, or `priority` is not an int.
        ValueError: A key or a topic is empty.
    """

    __slots__ = ("_keys", "_topics", "delivery", "priority", "value")

    value: T
    delivery: Delivery
    priority: int | None

    def __init__(
        self,
        value: T,
        delivery: Delivery = Delivery.BROADCAST,
        *,
        keys: Iterable[str] = _NONE,
        topics: Iterable[str] = _NONE,
        priority: int | None = None,
    ) -> None:
        if not isinstance(delivery, Delivery):
            raise TypeError(
                f"delivery must be a Delivery, got {type(delivery).__name__}: "
                f"{one_line(delivery)}; use Delivery.BROADCAST, Delivery.KEY or Delivery.TOPIC"
            )
        if priority is not None and (not isinstance(priority, int) or isinstance(priority, bool)):
            raise TypeError(
                f"priority must be an int or None, got {type(priority).__name__}: "
                f"{one_line(priority)}"
            )
        self.value = value
        self.delivery = delivery
        # Most payloads have neither: two empty lists would be half of what a payload takes.
        self._keys = None if keys is _NONE else _check.names(keys, "key")
        self._topics = None if topics is _NONE else _check.names(topics, "topic")
        self.priority = priority

    @property
    def keys(self) -> list[str]:
        """The keys of the collectors that get it, for `Delivery.KEY`."""
        if self._keys is None:
            self._keys = []
        return self._keys

    @keys.setter
    def keys(self, keys: list[str]) -> None:
        self._keys = keys

    @property
    def topics(self) -> list[str]:
        """The topics that it is about, for `Delivery.TOPIC`."""
        if self._topics is None:
            self._topics = []
        return self._topics

    @topics.setter
    def topics(self, topics: list[str]) -> None:
        self._topics = topics

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Payload):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _PARTS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [one_line(self.value)]
        if self.delivery is not Delivery.BROADCAST:
            parts.append(repr(self.delivery))
        named = {"keys": self.keys, "topics": self.topics}
        parts += [f"{name}={one_line(values)}" for name, values in named.items() if values]
        if self.priority is not None:
            parts.append(f"priority={self.priority}")
        return f"Payload({', '.join(parts)})"


class Context:
    """What a collector keeps between payloads: configuration, connections, running values.

    Any attribute can be set on it. The lifecycle and the processor of a collector share one.

    >>> ctx = Context(limit=40)
    >>> ctx.seen = 0
    >>> ctx
    Context(limit, seen)
    """

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Never:
        # Only called for a name that is not there.
        known = ", ".join(self.__dict__) or "nothing"
        raise AttributeError(
            f"the context has no {name!r}, it has: {known}; set it in the lifecycle, "
            f"or pass ctx=Context({name}=...) to the Collector",
            name=name,
            obj=self,
        )

    if TYPE_CHECKING:  # for a type checker every attribute exists and can be set

        def __getattribute__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __repr__(self) -> str:
        return f"Context({', '.join(self.__dict__)})"
