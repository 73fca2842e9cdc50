"""What travels: a Payload goes in, with its Delivery; a Context stays with each collector.

The results that come out are written in `event_collector.results` and belong here too.
"""

import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Never

from event_collector import _check
from event_collector._pickled import Slotted
from event_collector._same import same
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

_PARTS = ("delivery", "keys", "topics", "priority", "value")


class _NotGiven(tuple[str, ...]):
    """Stands for an argument that is not given: `keys=[]` says something, and this does not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<not given>"


_NOT_GIVEN: Any = _NotGiven()


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


_BROADCAST, _KEY, _TOPIC = Delivery


class Payload[T](Slotted):
    """A value to send, and how to deliver it.

    Args:
        value: Anything. It reaches every collector as it is, never copied.
        delivery: How the payload finds its collectors. If it is not given, `keys` alone mean KEY,
            `topics` alone mean TOPIC, and neither means BROADCAST. It is settled here: to assign
            keys or topics later does not change it.
        keys: The keys of the collectors that get it, for `Delivery.KEY`. An empty list names none.
        topics: The topics that it is about, for `Delivery.TOPIC`. An empty list names none.
        priority: Its place in a priority queue, the lowest number first. None means the
            queue's `default_priority`. Other queues take no notice of it.

    Raises:
        TypeError: `delivery` is not a Delivery, `keys` or `topics` is a str or holds something
            else than strs, or `priority` is not an int.
        ValueError: A key or a topic is empty; `keys` and `topics` are both given and `delivery` is
            not; or it is KEY with nothing but `topics`, or TOPIC with nothing but `keys`.
    """

    __slots__ = ("_keys", "_topics", "delivery", "priority", "value")

    value: T
    delivery: Delivery
    priority: int | None
    _keys: Any
    """A list, as `keys` gives it; or None for an empty one, and a str for a list of that alone, as
    long as nobody has asked. A list would be a third of such a payload, to be made and to be kept,
    and one more object for the garbage collector to look at."""
    _topics: Any
    """The same of `topics`."""

    def __init__(
        self,
        value: T,
        delivery: Delivery = _NOT_GIVEN,
        *,
        keys: Iterable[str] = _NOT_GIVEN,
        topics: Iterable[str] = _NOT_GIVEN,
        priority: int | None = None,
    ) -> None:
        # Of an event that goes by key, more is spent in here than anywhere else. So what is right
        # is seen at a glance, and the functions that know what is wrong are called for the rest.
        # One name is the usual case, and is kept without its list: see `_keys`.
        self.value = value
        self.priority = priority
        if priority is not None and type(priority) is not int:
            _check_priority(priority)
        self._keys = self._topics = None
        if topics is _NOT_GIVEN:
            if keys is _NOT_GIVEN:
                if delivery is _NOT_GIVEN:
                    self.delivery = _BROADCAST
                else:
                    told = type(delivery) is Delivery
                    self.delivery = delivery if told else _settled(delivery, keys, topics)
                return
            if type(keys) is list and len(keys) == 1 and type(key := keys[0]) is str and key:
                self._keys = key
            else:
                self._keys = _check.names(keys, "key")
            if delivery is _KEY or delivery is _NOT_GIVEN:
                self.delivery = _KEY
                return
        elif keys is _NOT_GIVEN:
            if type(topics) is list and len(topics) == 1 and type(it := topics[0]) is str and it:
                self._topics = it
            else:
                self._topics = _check.names(topics, "topic")
            if delivery is _TOPIC or delivery is _NOT_GIVEN:
                self.delivery = _TOPIC
                return
        else:
            self._keys, self._topics = _check.names(keys, "key"), _check.names(topics, "topic")
        self.delivery = _settled(delivery, keys, topics)

    @property
    def keys(self) -> list[str]:
        """The keys of the collectors that get it, for `Delivery.KEY`."""
        names: list[str] = listed(self._keys)
        self._keys = _assigned(names)
        return names

    @keys.setter
    def keys(self, keys: list[str]) -> None:
        self._keys = _assigned(keys)

    @property
    def topics(self) -> list[str]:
        """The topics that it is about, for `Delivery.TOPIC`."""
        names: list[str] = listed(self._topics)
        self._topics = _assigned(names)
        return names

    @topics.setter
    def topics(self, topics: list[str]) -> None:
        self._topics = _assigned(topics, "topics")

    @property
    def names(self) -> tuple[str, ...]:
        """Its keys, and after them its topics, to be looked at.

        Where there are none, `keys` and `topics` make a list each, which the payload keeps, so that
        a name can be added. Who looks through a million payloads is spared them here.
        """
        if type(self) is not Payload:  # its keys may come from elsewhere
            return (*self.keys, *self.topics)
        return (*listed(self._keys), *listed(self._topics))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Payload):
            return NotImplemented
        return all(same(getattr(self, name), getattr(other, name)) for name in _PARTS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [one_line(self.value)]
        # The delivery stands there unless it is what nothing but a value would mean.
        if self.delivery is not _BROADCAST or self._keys or self._topics:
            parts.append(one_line(self.delivery))
        named = {"keys": self.keys, "topics": self.topics}
        parts += [f"{name}={one_line(values)}" for name, values in named.items() if values]
        if self.priority is not None:
            parts.append(f"priority={one_line(self.priority)}")
        return f"Payload({', '.join(parts)})"


class _Assigned(str):
    """A str that somebody has assigned where a list of them should be; a router refuses it."""

    __slots__ = ()


def _assigned(names: Any, kind: str = "keys") -> Any:
    if names is None:
        raise TypeError(f"{kind} must be a list of str, got None; assign [] for nobody")
    return _Assigned(names) if type(names) is str else names


def listed(names: Any) -> Any:
    """The list that a payload's `_keys` or `_topics` stand for; or whatever was assigned."""
    if names is None:
        return []
    if type(names) is _Assigned:
        return str(names)
    return [names] if type(names) is str else names


def _settled(delivery: object, keys: object, topics: object) -> Delivery:
    """The delivery of a payload that is made with these, where it is not the one they mean.

    Raises:
        TypeError: It is not a Delivery.
        ValueError: It is not given though both are; or it goes by those that are not.
    """
    if delivery is _NOT_GIVEN:
        raise ValueError(
            "keys and topics are both given, and no delivery; choose Delivery.KEY, "
            "Delivery.TOPIC or Delivery.BROADCAST"
        )
    if not isinstance(delivery, Delivery):
        raise TypeError(
            f"delivery must be a Delivery, got {type(delivery).__name__}: "
            f"{one_line(delivery)}; use Delivery.BROADCAST, Delivery.KEY or Delivery.TOPIC"
        )
    if delivery is _KEY and keys is _NOT_GIVEN is not topics:
        goes_by, given, other = "keys", "topics", _TOPIC
    elif delivery is _TOPIC and topics is _NOT_GIVEN is not keys:
        goes_by, given, other = "topics", "keys", _KEY
    else:
        return delivery
    raise ValueError(
        f"{delivery!r} goes by {goes_by}, and only {given} are given; "
        f"give {goes_by}=[...], or use {other!r}"
    )


def _check_priority(priority: object) -> None:
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise TypeError(
            f"priority must be an int or None, got {type(priority).__name__}: {one_line(priority)}"
        )


class Context:
    """What a collector keeps between payloads: configuration, connections, running values.

    Any attribute can be set on it. The lifecycle and the processor of a collector share one.
    `ctx["seen"]` is `ctx.seen`, for names that are not known before; where there is none it is a
    KeyError, with the words of the AttributeError. To go through a context gives its names.

    >>> ctx = Context(limit=40)
    >>> ctx.seen = 0
    >>> ctx["seen"] += 1
    >>> ctx, ctx.seen
    (Context(limit, seen), 1)
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
        def __delattr__(self, name: str) -> None: ...

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError as exc:
            raise KeyError(str(exc)) from None

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __delitem__(self, name: str) -> None:
        self[name]  # raises a KeyError if it is not there
        delattr(self, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.__dict__)})"
