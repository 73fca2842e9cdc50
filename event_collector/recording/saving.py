"""save: writes what a History has kept, or a Recording, into a file."""

import os
from typing import TYPE_CHECKING

from event_collector import __version__, _check
from event_collector._text import one_line
from event_collector.history import History
from event_collector.recording import files
from event_collector.recording.codec import Codec, Coding, to_text
from event_collector.recording.lines import end_of, gap_of, header_of, joined, line_of
from event_collector.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from event_collector.event import CollectorEvent


def save(
    history: History | Recording,
    path: str | os.PathLike[str],
    *,
    codec: Codec | None = None,
    overwrite: bool = False,
) -> None:
    """Write the events that a History has kept into a file, for `read`.

    The payloads are written as they are now; a processor, or the sender, may have changed them.
    Events that are not done are written without a result; those that have left the History are not
    written, and nobody knows how many they were. The file is written beside, then renamed:
    it is there as a whole or not at all. Nobody but the user may read it.

    Args:
        history: A History, `bench.history` of a workbench, or a Recording, such as a part of one.
        path: The file to write.
        codec: For values that JSON does not know: see `Codec`. Without it such values are refused.
        overwrite: Whether an existing file is replaced.

    Raises:
        TypeError: `history`, `path`, `codec` or `overwrite` is something else; or a value is of a
            type that neither JSON nor the codec knows. Nothing is written then.
        ValueError: A value cannot be written, such as a list that holds itself; or a recorder
            writes to that path now.
        FileExistsError: The file exists, and `overwrite` is False.
        IsADirectoryError, FileNotFoundError: `path` is a folder, or its folder is not there.
        OSError: The file cannot be written.
    """
    if not isinstance(history, History | Recording):
        raise TypeError(
            f"save() takes a History, got {type(history).__name__}: {one_line(history)}; "
            "pass History(queue) or bench.history"
        )
    text = files.path_of(path)
    _check.kind(overwrite, bool, "overwrite", "write True or False")
    coding = Coding(codec)
    real = files.claim(text, overwrite)
    try:
        files.place(text, _content(history, coding), overwrite)
    finally:
        files.release(real)


def _content(history: History | Recording, coding: Coding) -> bytes:
    events: Iterable[CollectorEvent] = history
    if isinstance(history, Recording):
        lost, header = history.lost, {**history.header}
    else:
        lost, header = 0, header_of(history.queue, __version__)
    lines = [to_text(header), *(line_of(event, coding) for event in events)]
    count = len(lines) - 1
    if lost:
        lines.append(gap_of(lost))
    if not isinstance(history, Recording) or history.ended:
        lines.append(end_of(count, lost))
    return joined(lines)
