"""record: writes what goes through a queue into a file, as it goes."""

import asyncio
import atexit
import os
import threading
import weakref
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from event_collector import __version__, _check
from event_collector.event import CollectorEvent
from event_collector.instrument import Instrument
from event_collector.queue import CollectorQueue
from event_collector.recording import files
from event_collector.recording.codec import Codec, Coding, to_text
from event_collector.recording.lines import begun_of, ended_of, header_of, joined
from event_collector.recording.writer import Writer


def record(
    queue: CollectorQueue,
    path: str | os.PathLike[str],
    *,
    codec: Codec | None = None,
    overwrite: bool = False,
    max_pending: int = 100_000,
) -> "Recorder":
    """Record every event that a queue accepts from now on, into a file, for `read`.

    `with record(queue, path):` records until the block ends; or keep what it returns, and call
    `close`. A line is appended for each event when it is done, by a thread, and handed to the
    operating system at once. It has the payload as it was accepted, and the results as they were
    when the event was done, whatever a processor or somebody else has changed in them since. All is
    written when the block ends, with a line for each event that is not done, and before a shutdown
    of the queue returns. Nobody but the user may read the file.

    While it runs, the queue never waits for the file. Where more than `max_pending` events wait for
    the thread, or the disk is full, events are not recorded: the log says so once, the file has a
    line with the count, and `complete` is False. So it is with an event that holds a value which
    neither JSON nor the codec knows; and the end of the block, or `close`, raises then.

    It costs some 15 microseconds an event in the queue's loop, where its line is made, and more for
    large values or a slow codec. `python -m benchmarks.recording` measures it.

    Args:
        queue: The queue, running or not; around `async with queue`, or within.
        path: The file to make.
        codec: For values that JSON does not know: see `Codec`.
        overwrite: Whether an existing file is replaced.
        max_pending: How many events may wait to be written, 1 or more.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `max_pending` is less than 1, or another recorder writes to that path.
        FileExistsError: The file exists, and `overwrite` is False.
        IsADirectoryError, FileNotFoundError: `path` is a folder, or its folder is not there.
        RuntimeError: The queue runs, and not in this thread and loop.
        OSError: The file cannot be made.
    """
    _check.kind(queue, CollectorQueue, "queue", "pass the queue, bench.queue of a workbench")
    text = files.path_of(path)
    _check.kind(overwrite, bool, "overwrite", "write True or False")
    _check.whole(max_pending, "max_pending", 1)
    coding = Coding(codec)
    queue._lifespan.check_place("record")
    real = files.claim(text, overwrite)
    try:
        files.place(text, joined([to_text(header_of(queue, __version__))]), overwrite)
        return Recorder(text, _Hooks(queue, Writer(text, max_pending), coding, real))
    except BaseException:
        files.release(real)
        raise


class Recorder:
    """Records a queue until it is closed, left as a context manager, or forgotten. See `record`."""

    def __init__(self, path: str, hooks: "_Hooks") -> None:
        self.path = path
        """The file."""
        self._hooks = hooks
        self._dropped = weakref.finalize(self, hooks.stop)
        self._dropped.atexit = False
        # At the end of the process it is waited for the thread, which is a daemon.
        atexit.register(hooks.close)

    @property
    def closed(self) -> bool:
        """Whether it records no more."""
        return self._hooks.stopped

    @property
    def recorded(self) -> int:
        """How many events are written so far."""
        return self._hooks.writer.recorded

    @property
    def lost(self) -> int:
        """How many events are not recorded: too many waited, the disk was full, one held what
        cannot be recorded, or somebody has removed the file."""
        return self._hooks.writer.lost

    @property
    def complete(self) -> bool:
        """Whether no event is lost so far."""
        return not self.lost

    def close(self) -> None:
        """Record no more, and wait until all is written. Closing twice is fine.

        Raises:
            TypeError: An event held a value that neither JSON nor the codec knows; the first one,
                where it is, and how many there were. All others are recorded.
            ValueError: An event held a value that cannot be written, such as a list of itself.
        """
        self._hooks.close()
        writer = self._hooks.writer
        refused, writer.refused = writer.refused, None
        if refused is not None:
            lost = f"{self.lost:,} event{' is' if self.lost == 1 else 's are'} not recorded"
            raise type(refused)(f"{refused} ({lost})")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:  # what was raised in the block is not to be hidden; the log has told
            self._hooks.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "recording"
        lost = f", {self.lost:,} lost" if self.lost else ""
        return f"Recorder({self.path!r}, {state}{lost})"


class _Hooks(Instrument):
    """What a queue holds of a recorder: nothing that leads back to it, or to the queue."""

    def __init__(self, queue: CollectorQueue, writer: Writer, coding: Coding, real: str) -> None:
        self.writer = writer
        self._coding = coding
        self.stopped = False
        self._queue = weakref.ref(queue)
        self._real = real
        self._open: dict[int, tuple[CollectorEvent, str]] = {}
        """The events that are accepted and not done, by their ids, each with how its line begins:
        what is sent may be changed before it is done."""
        try:
            queue.add_instrument(self)
        except BaseException:
            writer.end()
            raise
        queue._lifespan.at_end.append(self.written)

    def accepted(self, event: CollectorEvent) -> None:
        """Keep what was sent, to be written when it is done, or at the end."""
        if self.stopped:  # in another thread, which could not take it out
            self._leave()
            return
        try:
            self._open[event.id] = event, begun_of(event, self._coding)
        except BaseException as exc:
            self._refuse(event, exc)

    def finished(self, event: CollectorEvent) -> None:
        """Have it written."""
        begun = self._open.pop(event.id, None)
        if begun is not None and (line := self._line(*begun)) is not None:
            self.writer.put(line)

    def _line(self, event: CollectorEvent, begun: str) -> str | None:
        """The line of an event; None: it was refused."""
        try:
            return begun + ended_of(event, self._coding)
        except BaseException as exc:
            self._refuse(event, exc)
            return None

    def _refuse(self, event: CollectorEvent, exc: BaseException) -> None:
        """It holds what cannot be written: count it; the queue goes on, whatever a codec raised."""
        self.writer.refuse(event.id, exc)
        if isinstance(exc, KeyboardInterrupt):  # the stop button is for whoever sends or waits
            raise exc

    async def written(self) -> None:
        """Wait until all is written. The queue is shut down; others in its loop go on."""
        loop = asyncio.get_running_loop()
        if getattr(loop, "stands_still", False):  # a virtual clock: no thread can wake its loop
            self.writer.flush()
            return
        waiter = loop.create_future()
        self.writer.when_written(partial(_wake_in, loop, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            self.writer.flush()
            raise

    def stop(self) -> None:
        """Record no more. It does not wait: it may be called by the garbage collector, anywhere."""
        if self.stopped:
            return
        self.stopped = True
        self._leave()
        left, self._open = self._open, {}
        lines: list[str | None] = []
        try:
            lines.extend(self._line(*begun) for begun in left.values())
        finally:
            self.writer.end(*filter(None, lines))
            files.release(self._real)

    def _leave(self) -> None:
        """Have the queue forget this: now if this is the place, else with the next event."""
        if (queue := self._queue()) is not None:
            with suppress(ValueError):
                queue._lifespan.at_end.remove(self.written)
            with suppress(RuntimeError, ValueError):
                queue.remove_instrument(self)

    def close(self) -> None:
        """Record no more, and wait until all is written."""
        self.stop()
        if self.writer.thread is not threading.current_thread():
            self.writer.thread.join()
        atexit.unregister(self.close)  # not before: an interrupt may have struck the waiting


def _wake_in(loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None]) -> None:
    with suppress(RuntimeError):  # the loop has been closed since
        loop.call_soon_threadsafe(_wake, waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
