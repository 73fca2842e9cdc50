"""Overriding: what a subclass may not replace, because the engine would never ask it."""

import inspect
from typing import Any, ClassVar


class Guarded:
    """A class whose subclasses are refused if they replace what nobody would call.

    The engine takes shorter ways than its own public methods: a consumer runs a processor itself,
    and not by `Collector.process`. An override would be dead code, and nobody would say so.
    """

    __slots__ = ()

    _not_asked: ClassVar[dict[str, str]] = {}
    """By name of what a subclass must leave as it is, what to do instead."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        refuse_overriding(cls)


def refuse_overriding(cls: type[Guarded]) -> None:
    """Refuse a subclass that replaces what nobody would call.

    Raises:
        TypeError: It does.
    """
    asker = "the queue itself" if cls._not_asked is OF_A_QUEUE else "a queue"
    for base in cls.__mro__[1:]:
        for name, instead in vars(base).get("_not_asked", {}).items():
            # What is not in the base is an attribute that its constructor sets.
            if inspect.getattr_static(cls, name, None) is not vars(base).get(name):
                raise TypeError(
                    f"{cls.__name__} has a {name} of its own, which {asker} would never ask; "
                    f"{instead}"
                )


_LIMIT = "give it to super().__init__(), or to set_limits()"
_TO_INIT = "give it to super().__init__()"
_STATE = "write one of another name"

_ITSELF = "it tells collectors apart by identity: leave it out, with @dataclass by eq=False"

OF_A_COLLECTOR = {
    "process": "write it as the processor, or have queue.wrap() put something around that",
    **dict.fromkeys(("key", "processor", "ctx", "timeout"), _TO_INIT),
    **dict.fromkeys(("max_concurrency", "batch_size", "linger"), _TO_INIT),
    **dict.fromkeys(("__eq__", "__hash__"), _ITSELF),
}
"""What a queue knows of a collector, and asks for in ways of its own."""

OF_A_QUEUE = {
    **dict.fromkeys(("min_consumers", "max_consumers", "max_queued"), _LIMIT),
    **dict.fromkeys(("queue_type", "default_priority", "shutdown_timeout"), _TO_INIT),
    **dict.fromkeys(("lifecycle_timeout", "carry_context"), _TO_INIT),
    "collectors": "give them to super().__init__(), or await add()",
    "router": "give its class to super().__init__()",
    **dict.fromkeys(("running", "paused", "steps_left"), _STATE),
}
"""What a queue says of itself and its works know by themselves. Its methods are called by whoever
uses it, `async with` among them: an override of these is honoured."""


def only_here(base: type, cls: type) -> None:
    """A class that a queue makes the objects of has no subclass but its own module's.

    Raises:
        TypeError: A subclass is somebody else's.
    """
    if cls.__module__ != base.__module__:
        raise TypeError(
            f"a queue makes each {base.__name__} itself, and would never make a {cls.__name__}; "
            "write a class that holds one, or an Instrument"
        )


class Unique(Guarded):
    """A class each of whose objects is one of a kind: a copy would share what it works with, and
    end that when it is dropped.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError(
            f"a {type(self).__name__} cannot be copied or pickled: it works in one loop, with "
            "tasks and futures; make another one, with Collectors of its own"
        )
