"""Output: what a processor has printed and displayed, as a terminal would show it, and bounded."""

import base64
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from event_collector._text import one_line

TEXT = 65_536
"""How many characters are kept of one event and collector."""
DISPLAYS = 20
"""How many displays are kept of one event and collector."""

_FOLD = 16_384
"""How many characters may wait until they are laid out."""
_PIECES = re.compile(r"[^\n\r\b]+|[\n\r\b]")


@dataclass(frozen=True, slots=True, repr=False)
class Output:
    """What one collector has shown of one event, or its lifecycle of none; a frozen reading.

    It is false where nothing was shown.
    """

    text: str = ""
    """What was printed, logged and warned, in order, as a terminal would show it: what a carriage
    return or a backspace has led back to is overwritten. The first 65,536 characters."""
    displays: tuple[dict[str, Any], ...] = ()
    """What was displayed and plotted, in order: the data by MIME type. An image is base64 text, as
    in a notebook's file. The first 20. Nothing is escaped, neither here nor in the text."""
    missing: str = ""
    """A line that says how much more there was than is kept; empty where all is kept."""

    def __bool__(self) -> bool:
        return bool(self.text or self.displays or self.missing)

    def __repr__(self) -> str:
        said = [one_line(self.text, 60)]
        if self.displays:
            said.append(_counted(len(self.displays), "display"))
        if self.missing:
            said.append(self.missing)
        return f"Output({', '.join(said)})"


class Text:
    """Lays out what is written, line by line, and keeps the first characters.

    What is kept and what is written make no difference to its size: what is written for ever over
    one line, as a progress bar is, takes the room of that line.

    Args:
        limit: How many characters are kept.
    """

    __slots__ = ("_at", "_line", "_lines", "_lost", "_pending", "_room", "_waiting", "_width")

    def __init__(self, limit: int = TEXT) -> None:
        self._pending: list[str] = []
        self._waiting = 0
        self._lines: list[str] = []
        self._room = limit
        """How many characters more there is room for, after the complete lines."""
        self._lost = 0
        """How many characters of complete lines there was no room for."""
        self._line = ""
        """The last line, as far as there is room for it."""
        self._at = 0
        """The column in which it is written on."""
        self._width = 0
        """How many columns it has, kept or not."""

    def write(self, text: str) -> None:
        """Go on writing where the last text has ended."""
        self._pending.append(text)
        self._waiting += len(text)
        if self._waiting > _FOLD:
            self._fold()

    def read(self) -> tuple[str, int]:
        """What is kept, and how many characters more there were."""
        self._fold()
        return "".join([*self._lines, self._line]), self._lost + self._width - len(self._line)

    def _fold(self) -> None:
        written, self._pending, self._waiting = "".join(self._pending), [], 0
        for piece in _PIECES.findall(written):
            if piece == "\n":
                self._end_line()
            elif piece == "\r":
                self._at = 0
            elif piece == "\b":
                self._at = max(self._at - 1, 0)
            else:
                self._put(piece)

    def _put(self, piece: str) -> None:
        at, line = self._at, self._line
        self._at = end = at + len(piece)
        self._width = max(self._width, end)
        if at < self._room:
            self._line = (line[:at] + piece + line[end:])[: self._room]

    def _end_line(self) -> None:
        whole = self._line + "\n" if self._width < self._room else self._line
        self._room -= len(whole)
        self._lost += self._width + 1 - len(whole)
        if whole:
            self._lines.append(whole)
        self._line, self._at, self._width = "", 0, 0


class Kept:
    """What is kept of one event and collector. Any thread may write, and read."""

    __slots__ = ("_clears", "_displays", "_ids", "_lost", "_text", "of")

    lock = threading.RLock()
    """One for all: a second one in the middle of a write is that of a finalizer or a signal."""

    def __init__(self, of: object = None) -> None:
        self.of = of
        """Whose it is."""
        self._clears = False
        self._empty()

    def _empty(self) -> None:
        self._text = Text()
        self._displays: list[dict[str, Any]] = []
        self._ids: list[object] = []
        """By position, the id by which a display may be updated, or None."""
        self._lost = 0

    def write(self, text: str) -> None:
        """Keep a text."""
        with self.lock:
            self._begin()
            self._text.write(text)

    def show(self, data: Mapping[str, Any], display_id: object = None) -> None:
        """Keep a display; with an id it can be updated."""
        with self.lock:
            self._begin()
            if len(self._displays) < DISPLAYS:
                self._displays.append(_as_text(data))
                self._ids.append(display_id)
            else:
                self._lost += 1

    def update(self, data: Mapping[str, Any], display_id: object) -> bool:
        """Put data in the place of those that were displayed with an id; say whether there were."""
        with self.lock:
            if display_id is None or display_id not in self._ids:
                return False
            for position, each in enumerate(self._ids):
                if each == display_id:
                    self._displays[position] = _as_text(data)
            return True

    def clear(self, wait: bool = False) -> None:
        """Forget all, at once or when there is something to take its place."""
        with self.lock:
            self._clears = wait
            if not wait:
                self._empty()

    def has_shown(self, image: str) -> bool:
        """Whether one of its displays is this PNG image."""
        with self.lock:
            return any(each.get("image/png") == image for each in self._displays)

    def read(self) -> Output:
        """What is kept, as it is now."""
        with self.lock:
            text, characters = self._text.read()
            return Output(text, tuple(self._displays), _missing(characters, self._lost))

    def _begin(self) -> None:
        if self._clears:
            self._clears = False
            self._empty()


class KeptByAll(Kept):
    """What is kept with several events alike: those of a batch."""

    __slots__ = ("_all",)

    def __init__(self, each: list[Kept]) -> None:
        super().__init__()
        self._all = each

    def write(self, text: str) -> None:
        """Keep a text, with each."""
        for one in self._all:
            one.write(text)

    def show(self, data: Mapping[str, Any], display_id: object = None) -> None:
        """Keep a display, with each."""
        for one in self._all:
            one.show(data, display_id)

    def update(self, data: Mapping[str, Any], display_id: object) -> bool:
        """Put data in the place of those that were displayed with an id, in each."""
        there = [one.update(data, display_id) for one in self._all]
        return any(there)

    def clear(self, wait: bool = False) -> None:
        """Forget all, in each."""
        for one in self._all:
            one.clear(wait)

    def has_shown(self, image: str) -> bool:
        """Whether one of its displays is this PNG image."""
        return any(one.has_shown(image) for one in self._all)

    def read(self) -> Output:
        """What is kept of the first, which is what is kept of each."""
        return self._all[0].read() if self._all else Output()


def _as_text(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        mime: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for mime, value in data.items()
    }


def _missing(characters: int, displays: int) -> str:
    lost = [(characters, "character"), (displays, "display")]
    said = " and ".join(_counted(count, what) for count, what in lost if count)
    verb = "is" if characters + displays == 1 else "are"
    return f"{said} more {verb} not kept" if said else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
