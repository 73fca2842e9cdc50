"""Item: a piece of the module that is written."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Item:
    """A piece of the module: one statement, or a constant."""

    order: tuple[int, int, int]
    text: str
    binds: frozenset[str]
    names: set[str] = field(default_factory=set)
    """The global names that it needs."""
    at_once: set[str] = field(default_factory=set)
    """Those of them that it needs when the module is imported."""
    compact: bool = False
    """Whether it is a line or two that may stand close to others like it."""
