"""read: a Recording of what is in a file."""

import os
from collections.abc import Callable, Iterator, Mapping
from json import JSONDecodeError
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from event_collector import __version__, _check
from event_collector._text import describe, one_line
from event_collector.event import CollectorEvent
from event_collector.history import _frame
from event_collector.recording import files
from event_collector.recording.codec import Codec, Coding
from event_collector.recording.errors import RecordingError
from event_collector.recording.lines import FORMAT, event_of

if TYPE_CHECKING:
    import pandas as pd


class Recording:
    """What was recorded: events in the order in which they were accepted. `read` makes one.

    Each is a CollectorEvent with its payload, times and results, which belongs to no queue. An
    Error holds a `RecordedError` of the exception's name, and its traceback as text. An event that
    was accepted, and was not done when the recording ended, has no result.
    """

    path: str
    """The file, as it was given to `read`."""
    header: Mapping[str, Any]
    """The first line: "recording", the format's version; "toolkit", that of the package; "queue",
    what it was (its collectors' keys, its type and its limits), or None."""
    lost: int
    """How many events are not recorded, since too many waited, the disk was full, or a value was
    refused."""
    torn: bool
    """Whether the last line was cut off; it is left out."""
    ended: bool
    """Whether the recording has come to its end; if not, the process was killed, or is at it."""
    unseen: int
    """How many events were accepted before the last one here, and have no line: those that were not
    done when the process was killed. 0 where the recording has ended."""

    def __init__(
        self,
        path: str,
        header: Mapping[str, Any],
        events: list[CollectorEvent],
        *,
        lost: int = 0,
        torn: bool = False,
        ended: bool = True,
        unseen: int = 0,
    ) -> None:
        self.path = path
        self.header = header
        self._events = events
        self.lost = lost
        self.torn = torn
        self.ended = ended
        self.unseen = unseen

    @property
    def complete(self) -> bool:
        """Whether no event is missing: none is lost, and the recording has come to its end."""
        return self.ended and not self.lost and not self.torn

    @property
    def unfinished(self) -> list[CollectorEvent]:
        """The events without a result: accepted, and not done when the recording ended."""
        return [event for event in self._events if not event.done]

    @property
    def notes(self) -> list[str]:
        """What else must be known, a line each: what is missing, and what has no result."""
        notes = []
        if self.lost:
            notes.append(f"{amount(self.lost, 'event')} not recorded")
        if self.torn:
            notes.append("the last line is torn, and left out")
        if not self.ended:
            notes.append("it has no end: the process was killed, or still records")
        if self.unseen:
            notes.append(f"{amount(self.unseen, 'event')} accepted, and without a line")
        if unfinished := len(self.unfinished):
            notes.append(f"{amount(unfinished, 'event')} without a result")
        return notes

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[CollectorEvent]:
        """The events, in the order in which they were accepted."""
        return iter(list(self._events))

    def __getitem__(self, place: int) -> CollectorEvent:
        """The event at a place: 0 is the first that was accepted, -1 the last.

        Raises:
            TypeError: `place` is not an int; a slice is one of `list(recording)`.
            IndexError: There are not so many.
        """
        return _check.at(self._events, place, "Recording")

    def filter(self, keep: Callable[[CollectorEvent], object]) -> "Recording":
        """A Recording of those events for which `keep(event)` is true. The rest stays as it is.

        Raises:
            TypeError: `keep` cannot be called.
            Exception: What `keep` raised.
        """
        if not callable(keep):
            raise TypeError(
                f"filter() takes a function of an event, got {type(keep).__name__}: "
                f"{one_line(keep)}; write lambda event: ..."
            )
        return Recording(
            self.path,
            self.header,
            [event for event in self._events if keep(event)],
            lost=self.lost,
            torn=self.torn,
            ended=self.ended,
            unseen=self.unseen,
        )

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with a row per event and collector, in order of acceptance.

        The columns are those of `History.to_frame`.

        Raises:
            ImportError: pandas is not installed.
        """
        return _frame(self._events)

    def __repr__(self) -> str:
        more = "".join(f", {note}" for note in self.notes)
        return f"Recording({self.path!r}, {amount(len(self), 'event')}{more})"


def read(path: str | os.PathLike[str], *, codec: Codec | None = None) -> Recording:
    """Read a file that `record` or `save` has written. It never runs code of the file's.

    A last line that was cut off is left out; `torn`, `complete` and the `repr` tell. A file that is
    still being recorded to can be read too.

    Args:
        path: The file.
        codec: The codec that it was written with, or one with the same names: see `Codec`.

    Raises:
        TypeError: `path` is not a str or a Path, or `codec` is not a codec.
        RecordingError: It is not a recording, was written by a later version, has a line that is
            wrong, or has values of a codec that is not given.
        FileNotFoundError, OSError: It cannot be opened.
    """
    return reading(path, Coding(codec))


def reading(path: str | os.PathLike[str], coding: Coding) -> Recording:
    """As `read`, by a Coding that is there."""
    text = files.path_of(path)
    if Path(text).is_dir():
        raise IsADirectoryError(f"{text!r} is a folder; give the path of a recording in it")
    first, *rest = Path(text).read_bytes().split(b"\n")
    header = _header_in(text, first)
    last = rest.pop() if rest else b""  # behind the last line break: nothing, or a torn line
    reader = _Reader(text, coding)
    for number, line in enumerate(rest, 2):
        reader.take(number, line)
    torn = bool(last) and not reader.take(len(rest) + 2, last, whole=False)
    return reader.recording(header, torn)


def _header_in(path: str, line: bytes) -> Mapping[str, Any]:
    try:
        header = Coding(None).decode(line)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or "recording" not in header:
        shown = one_line(line.decode("utf-8", "replace"))
        why = f"its first line is {shown}" if line else "it has no first line"
        raise RecordingError(path, f"is not a recording: {why}; give a file of record() or save()")
    version = header["recording"]
    if type(version) is not int or version > FORMAT:
        raise RecordingError(
            path,
            f"has version {version!r} of the format, written by event-collector-toolkit "
            f"{header.get('toolkit')}; this is {__version__}, which reads versions up to {FORMAT}; "
            "install a later one",
        )
    return MappingProxyType(header)


class _Reader:
    """Takes the lines after the header, one by one."""

    def __init__(self, path: str, coding: Coding) -> None:
        self._path = path
        self._coding = coding
        self._events: dict[int, CollectorEvent] = {}
        self._lost = 0
        self._end: int | None = None

    def take(self, number: int, text: bytes, *, whole: bool = True) -> bool:
        """Take a line; say whether it is one.

        Args:
            number: The number of the line, for errors.
            text: The line.
            whole: Whether it must be one. The last may be torn.

        Raises:
            RecordingError: It is not what it should be.
        """
        try:
            line = self._coding.decode(text)
            if type(line) is not dict:
                raise ValueError("is not an object of JSON")
            self._take(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
            torn = isinstance(exc, JSONDecodeError | UnicodeDecodeError | RecursionError)
            if torn and not whole:
                return False
            said = f"is not JSON ({describe(exc)})" if torn else _said(exc)
            raise RecordingError(self._path, f"{said}: {one_line(text)}", number) from exc
        return True

    def _take(self, line: dict[str, Any]) -> None:
        if self._end is not None:
            raise ValueError("comes after the end of the recording")
        if "gap" in line:
            self._lost += int(line["gap"])
        elif "end" in line:
            self._end, self._lost = int(line["end"]), int(line["lost"])
        elif "recording" in line:
            raise ValueError("is another header; read each recording by itself")
        else:
            event = event_of(line)
            if event.id in self._events:
                raise ValueError(f"tells of event {event.id} once more")
            self._events[event.id] = event

    def recording(self, header: Mapping[str, Any], torn: bool) -> Recording:
        """What was read."""
        events = [self._events[number] for number in sorted(self._events)]
        count = len(events)
        missing = 0 if self._end is None else max(0, self._end - count)  # lines were taken out
        unseen = 0
        if self._end is None and events:
            unseen = max(0, events[-1].id - events[0].id + 1 - count - self._lost)
        return Recording(
            self._path,
            header,
            events,
            lost=self._lost + missing,
            torn=torn,
            ended=self._end is not None,
            unseen=unseen,
        )


def _said(exc: Exception) -> str:
    """What is wrong with a line that is JSON."""
    if isinstance(exc, KeyError):
        return f"has no {exc}"
    return str(exc) if type(exc) is ValueError else f"is not as it should be ({describe(exc)})"


def amount(number: int, what: str) -> str:
    """So many of something: "1 event", "1,200 events"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
