"""Writer: a thread that writes lines into a file, and counts what it cannot write."""

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from event_collector._log import logger
from event_collector._text import describe
from event_collector.recording.files import write
from event_collector.recording.lines import end_of, gap_of, joined

_AT_ONCE = 64 * 1024
"""So many characters of lines, about, are handed to the operating system in one call."""


class Writer:
    """Writes a line for each event into a file, in a thread of its own, in the order of `put`.

    What it has taken is written before it rests: nothing waits in a buffer. What cannot be written
    is counted, and said once in the log; where it is missing, the file has a line with the count.

    Args:
        path: The file, which has a header. It is appended to.
        max_pending: How many lines may wait for the thread.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: str, max_pending: int) -> None:
        self._path = path
        self._max_pending = max_pending
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        found = os.fstat(self._file)
        self._named = found.st_nlink > 0
        """Whether the file system tells that a file has a name. Some always say 0."""
        self._whole = found.st_size
        """So long is the file without a line that was begun, and not written whole."""
        self._pending: deque[str | Callable[[], object]] = deque()
        self._wake = threading.Event()
        self._ending = self._over = False
        self._logged = False
        self._dropped = 0
        """Events without room, or refused. Counted where events are put, and nowhere else."""
        self._failed = 0
        """Lines that were taken and could not be written. Counted in the thread only."""
        self._told = 0
        """Of both, how many the file tells of."""
        self.recorded = 0
        """How many events are written."""
        self.refused: Exception | None = None
        """Why the first event was refused that holds what cannot be written; None: none was."""
        # A daemon, so that the end of the process does not wait for one that nobody has ended.
        self.thread = threading.Thread(
            target=self._run, name="event_collector recording", daemon=True
        )
        self.thread.start()

    @property
    def lost(self) -> int:
        """How many events are not recorded."""
        return self._dropped + self._failed

    def put(self, line: str) -> None:
        """Have the line of an event written; or count it, if too many wait."""
        if len(self._pending) >= self._max_pending:
            self._dropped += 1
            self._log(f"{self._max_pending:,} events waited to be written (max_pending)")
        else:
            self._pending.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def refuse(self, number: int, exc: BaseException) -> None:
        """Count an event that has no line, since it holds what cannot be written. The gap is told
        with the next line, or at the end."""
        self._dropped += 1
        known = isinstance(exc, TypeError | ValueError) and str(exc).startswith("event ")
        said = str(exc) if known else f"event {number} cannot be written: {describe(exc)}"
        self._log(said)
        if self.refused is None:
            self.refused = (TypeError if isinstance(exc, TypeError) else ValueError)(said)

    def when_written(self, call: Callable[[], object]) -> None:
        """Call back, in the thread, when all is written that was put so far."""
        self._pending.append(call)
        self._wake.set()
        if self._over:  # the thread may have missed it
            self._call_all()

    def flush(self) -> None:
        """Wait until all is written that was put so far."""
        written = threading.Event()
        self.when_written(written.set)
        written.wait()

    def end(self, *more: str) -> None:
        """Write all that was put, these lines and the end, and close the file; soon."""
        self._pending.extend(more)
        self._ending = True
        self._wake.set()

    # In the thread

    def _run(self) -> None:
        try:
            while not (self._ending and not self._pending):
                self._wake.wait()
                self._wake.clear()
                while self._pending:
                    self._write_some()
            self._write_end()
        finally:
            os.close(self._file)
            self._over = True
            self._call_all()

    def _write_some(self) -> None:
        """Write what waits, but not too much in one go."""
        lines: list[str] = []
        size, call = 0, None
        while self._pending and size < _AT_ONCE and call is None:
            item = self._pending.popleft()
            if isinstance(item, str):
                lines.append(item)
                size += len(item)
            else:
                call = item
        self._write_lines(lines)
        if call is not None:
            call()

    def _write_lines(self, lines: list[str]) -> None:
        count, lost = len(lines), self.lost
        if lost > self._told:
            lines.append(gap_of(lost - self._told))
        if not lines:
            return
        if self._write(lines):
            self.recorded += count
            self._told = lost
        else:
            self._failed += count

    def _write(self, lines: list[str]) -> bool:
        """Write lines; say whether that was done. If not, nothing of them is in the file."""
        if why := self._gone():
            self._failed += self.recorded
            self.recorded = 0
            self._log(why)
            return False
        try:
            data = joined(lines)
            if os.fstat(self._file).st_size != self._whole:
                os.ftruncate(self._file, self._whole)  # a part of a line, from the last time
            write(self._file, data)
        except (OSError, MemoryError) as exc:
            with suppress(OSError):
                os.ftruncate(self._file, self._whole)
            self._log(describe(exc))
            return False
        self._whole += len(data)
        return True

    def _gone(self) -> str:
        """What somebody else has done to the file, so that nothing of it is left; "" as a rule."""
        found = os.fstat(self._file)
        if self._named and not found.st_nlink:
            return "the file was removed, or another one put in its place"
        if found.st_size < self._whole:
            return "the file was cut off by somebody else"
        return ""

    def _write_end(self) -> None:
        self._write_lines([])
        if self.lost == self._told and self._write([end_of(self.recorded, self.lost)]):
            with suppress(OSError):
                os.fsync(self._file)

    def _log(self, why: str) -> None:
        """One line, however many are lost."""
        if not self._logged:
            self._logged = True
            logger.warning("the recording %r is not complete: %s", self._path, why)

    def _call_all(self) -> None:
        """Let nobody wait for a thread that has ended, and count what it has not written."""
        while self._pending:
            with suppress(IndexError):
                item = self._pending.popleft()
                if isinstance(item, str):
                    self._failed += 1
                else:
                    item()
