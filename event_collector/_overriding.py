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
        for base in cls.__mro__[1:]:
            for name, instead in vars(base).get("_not_asked", {}).items():
                if inspect.getattr_static(cls, name) is not vars(base)[name]:
                    raise TypeError(
                        f"{cls.__name__} has a {name} of its own, which a queue would never ask; "
                        f"{instead}"
                    )


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
