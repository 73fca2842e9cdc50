"""The errors of recordings: of a file that cannot be read, and those that were recorded."""

from functools import lru_cache
from typing import Any

from event_collector.errors import EventCollectorError


class RecordingError(EventCollectorError, ValueError):
    """A file is not a recording, or is one that this version cannot read."""

    def __init__(self, path: str, why: str, line: int | None = None) -> None:
        self.path = path
        self.why = why
        """What is wrong, and what to do."""
        self.line = line
        """The number of the line that is wrong, from 1; None: the file as a whole."""
        super().__init__(f"{path!r}{'' if line is None else f', line {line},'} {why}")

    def __reduce__(self) -> tuple[type["RecordingError"], tuple[str, str, int | None]]:
        return type(self), (self.path, self.why, self.line)


class RecordedError(Exception):
    """Stands for an exception that was recorded: its type by name, and what it said.

    Reading a file must not run code, so it never makes an object of the exception's own class. Its
    class here has the same name, and is shown as that one is; but no `except` of that one catches
    it.
    """

    message: str = ""
    """What the exception said."""

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, tuple[str, str, str]]:
        kind = type(self)
        return recorded_error, (kind.__module__, kind.__qualname__, self.message)


def recorded_error(module: str, name: str, message: str) -> RecordedError:
    """What stands for an exception.

    Args:
        module: The module of its class, such as "builtins".
        name: The qualified name of its class.
        message: What it said.
    """
    error = _kind(module, name)(message)
    error.message = message
    return error


@lru_cache(maxsize=1000)
def _kind(module: str, name: str) -> type[RecordedError]:
    where = {"__module__": module, "__qualname__": name}
    return type(name.rpartition(".")[2], (RecordedError,), where)
