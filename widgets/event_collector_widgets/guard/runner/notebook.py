"""A notebook that a plugin of pytest runs: what is the same for all of them."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import pytest

from event_collector_widgets.guard.runner.closing import ClosingError
from event_collector_widgets.guard.runner.places import place, told
from event_collector_widgets.guard.runner.repeats import Seen


class Notebook(ABC):
    """Stands between pytest and the node that collects a notebook's cells.

    Args:
        node: The plugin's file.
        name: What the notebook is called in reports.
        number: Of how many runs this is the one, from 1.
        guarded: Whether the guard is loaded; then its items have a closing.
        early: Called if the notebook had to be closed before its end.
    """

    FILE: ClassVar[tuple[str, str]]
    """The module and the class of the plugin's files."""

    def __init__(
        self,
        node: Any,
        name: str,
        number: int,
        *,
        guarded: bool,
        early: Callable[[ClosingError | None], object],
    ) -> None:
        self.name = name
        self.cells: list[Any] = []
        """What there is to run, in order, whatever of it is chosen."""
        self.closing: Closing | None = None
        self._node = node
        self._number = number
        self._guarded = guarded
        self._early = early
        self._collect, node.collect = node.collect, self.collect

    @classmethod
    def is_of(cls, node: object) -> bool:
        """Whether a node is the plugin's; it may not be there."""
        module, name = cls.FILE
        return isinstance(node, getattr(sys.modules.get(module), name, ()))

    def collect(self) -> Sequence[Any]:
        """The cells, and what closes them: like them it has an id, and can be asked for by it."""
        self.cells = list(self._collect())
        if not self._guarded:
            return self.cells
        self.closing = Closing.from_parent(self._node, name="closing", notebook=self)
        return [*self.cells, self.closing]

    @abstractmethod
    def running(self, item: Any) -> AbstractContextManager[None]:
        """While one of its items runs."""

    @abstractmethod
    def said_of(self, item: Any, error: BaseException) -> str | None:
        """Where and why an item has failed, in a line; None if the plugin says it best."""

    @abstractmethod
    def seen(self, item: Any, report: Any) -> Iterator[Seen]:
        """What its cells gave."""

    @abstractmethod
    def close(self) -> ClosingError | None:
        """Close it; return what was wrong."""

    def renumbered(self, text: str) -> str:
        """A text of the kernel, with the cells' numbers in the notebook for its own counts."""
        return text

    def line_of(self, error: ClosingError) -> str:
        """Where and why the closing has failed, in a line for each failure."""
        if "GuardError" in error.trace:
            return told(self.name, None, self.renumbered(error.trace))
        return f"{place(self.name, None, '')}: {self.renumbered(str(error))}"


class Closing(pytest.Item):
    """The item that closes a notebook, after all of its cells.

    Args:
        notebook: What is closed.
        more: What pytest says of an item.
    """

    def __init__(self, *, notebook: Notebook, **more: Any) -> None:
        super().__init__(**more)
        self._notebook = notebook

    def runtest(self) -> None:
        """Close it."""
        if (error := self._notebook.close()) is not None:
            raise error

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Where, what, and what the kernel showed."""
        if not isinstance(excinfo.value, ClosingError):
            return super().repr_failure(excinfo, style)
        return self._notebook.line_of(excinfo.value) + "\n" + excinfo.value.trace

    def reportinfo(self) -> tuple[Any, int, str]:
        """The notebook, and that it is its end."""
        return self.path, 0, f"{self._notebook.name}: closing"
