"""Exceptions of many kinds, for what has to keep them as they are."""

from typing import Any, Self


class TwoArgumentError(Exception):
    """Its arguments are not those that it passes on."""

    def __init__(self, sensor: str, degrees: float) -> None:
        super().__init__(f"{sensor} has {degrees:g} degrees")
        self.sensor = sensor


class WordsError(Exception):
    """Made again by what it has passed on, it would say other words."""

    def __init__(self, sensor: str) -> None:
        super().__init__(f"{sensor} is broken")


class KeywordError(ValueError):
    """It cannot be made without a keyword."""

    def __init__(self, one: int, *, two: int) -> None:
        super().__init__(one)
        self.two = two


class DiskError(OSError):
    """With what Python keeps of a system's error beside `args`."""

    def __init__(self, path: str) -> None:
        super().__init__(28, "no room", path)


class NewError(Exception):
    """Its class makes it in another way."""

    def __new__(cls, *, sensor: str) -> Self:
        return super().__new__(cls, sensor)

    def __init__(self, *, sensor: str) -> None:
        super().__init__(sensor)


class ManyError(ExceptionGroup[Exception]):
    """A group with more than its exceptions."""

    def __new__(cls, number: int, found: list[Exception]) -> Self:
        made = super().__new__(cls, f"{number} are broken", found)
        made.number = number
        return made

    number: int


def exceptions() -> list[BaseException]:
    """One of each kind."""
    noted = WordsError("oven")
    noted.add_note("it was hot")
    return [
        ValueError("too hot", 300),
        KeyError("oven"),
        SystemExit(3),
        StopIteration(5),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad byte"),
        ImportError("no oven", name="oven", path="/oven"),
        FileNotFoundError(2, "no oven", "/oven"),
        TwoArgumentError("oven", 300),
        KeywordError(1, two=2),
        DiskError("/oven"),
        NewError(sensor="oven"),
        noted,
        ManyError(2, [WordsError("oven"), KeywordError(1, two=2)]),
    ]


def told(exc: BaseException) -> Any:
    """All that an exception says of itself."""
    names = ("errno", "strerror", "filename", "code", "name", "path", "start", "reason", "value")
    within = getattr(exc, "exceptions", ())
    parts = [getattr(exc, name, None) for name in names]
    mine = {name: value for name, value in vars(exc).items() if name != "__notes__"}
    notes = [note for note in getattr(exc, "__notes__", []) if not note.startswith("on the worker")]
    args = () if within else exc.args
    return type(exc), str(exc), args, mine, notes, parts, [told(each) for each in within]
