"""Showing: what a processor prints and logs on a worker, and that it is shown here, for its event.

On the worker, streams and logging are listened to by what knows, by a context variable, for which
event the code runs; tasks and `asyncio.to_thread` threads that a processor starts have it too. Here
it is written to the streams and given to the loggers again, within the event's own processor: so
whoever listens there, such as a workbench, hears it as if it ran here.
"""

import logging
import pickle
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from event_collector._text import describe
from event_collector.cluster import displaying, figures
from event_collector.cluster.figures import heed
from event_collector.cluster.hearing import Heard, Pieces, hear, heard_here

__all__ = ["Heard", "Pieces", "ended", "hear", "heed", "listening", "pack", "show"]


class _Ear:
    """Stands in front of a stream: what is written for an event goes to it."""

    def __init__(self, stream: TextIO | None, kind: str) -> None:
        self.stream, self._kind = stream, kind

    def write(self, text: str) -> int:
        heard = heard_here()
        if heard is not None and isinstance(text, str):
            heard.add(self._kind, len(text), str.__str__(text))  # not of a class of somebody's own
            return len(text)
        return 0 if self.stream is None else self.stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self.stream is not None:
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Records(logging.Handler):
    """Hears what is logged for an event."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = heard_here()
        if heard is not None:
            try:
                text = record.getMessage()
            except Exception:  # words and values that do not fit: as logging has it elsewhere
                self.handleError(record)
                return
            told = {
                "name": record.name,
                "levelno": record.levelno,
                "levelname": record.levelname,
                "msg": text,
                "created": record.created,
                "pathname": record.pathname,
                "filename": record.filename,
                "module": record.module,
                "lineno": record.lineno,
                "funcName": record.funcName,
                "exc_text": _text_of(record),
            }
            heard.add("log", len(text), told)
            return
        last = logging.lastResort  # by which Python would have shown it without this handler
        if last is not None and record.levelno >= last.level and _only_here(record.name, self):
            last.handle(record)


def _only_here(name: str, mine: logging.Handler) -> bool:
    """Whether no other handler hears of a logger's records."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None:
        if any(handler is not mine for handler in logger.handlers):
            return False
        logger = logger.parent if logger.propagate else None
    return True


def _text_of(record: logging.LogRecord) -> str | None:
    if not record.exc_info:
        return record.exc_text
    return logging.Formatter().formatException(record.exc_info)


_LISTENING = threading.Lock()
_listeners: list[None] = []
"""One for each collector of this process that wants to be heard."""


@contextmanager
def listening(spec: bytes) -> Iterator[None]:
    """Listen to the streams and the root logger of this process, until the last who wanted it.

    Args:
        spec: The collector whose processor is to be heard, pickled.
    """
    with _LISTENING:
        _listeners.append(None)
        _listen()
        displaying.stand_in(spec)
        figures.stand_in()
    try:
        yield
    finally:
        with _LISTENING:
            _listeners.pop()
            if not _listeners:
                _stop_listening()


def _listen() -> None:
    if not isinstance(sys.stdout, _Ear):  # it may have been replaced since
        sys.stdout = _Ear(sys.stdout, "out")
    if not isinstance(sys.stderr, _Ear):
        sys.stderr = _Ear(sys.stderr, "err")
    root = logging.getLogger()
    if not any(isinstance(handler, _Records) for handler in root.handlers):
        root.addHandler(_Records())


def _stop_listening() -> None:
    # Where a cluster lives in the notebook's own process, these are the notebook's. What somebody
    # has put in front of ours meanwhile stays.
    displaying.step_back()
    figures.step_back()
    if isinstance(sys.stdout, _Ear):
        sys.stdout = sys.stdout.stream
    if isinstance(sys.stderr, _Ear):
        sys.stderr = sys.stderr.stream
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Records)]:
        root.removeHandler(handler)


def ended(heard: Heard) -> Pieces:
    """What a processor has shown, which has ended; with the figures that it has left open."""
    if heard.drew:
        figures.end(heard)
    return heard.take()


def pack(pieces: Pieces) -> bytes:
    """What was shown, as it travels. A piece that cannot be pickled concerns nothing else."""
    if not pieces:
        return b""
    try:
        return pickle.dumps(pieces, protocol=5)
    except BaseException:  # such as SystemExit, in a method of a value's own
        return pickle.dumps([_packable(piece) for piece in pieces], protocol=5)


def _packable(piece: tuple[str, Any]) -> tuple[str, Any]:
    try:
        pickle.dumps(piece, protocol=5)
    except BaseException as exc:
        return "err", f"what was shown ({piece[0]}) cannot be pickled: {describe(exc)}\n"
    return piece


def show(packed: bytes) -> None:
    """Write and log what was shown elsewhere, as if the code that calls this had."""
    try:
        pieces: Pieces = pickle.loads(packed) if packed else []
    except Exception as exc:
        pieces = [("err", f"what was shown on a worker cannot be unpickled: {describe(exc)}\n")]
    for kind, what in pieces:
        if kind == "log":
            record = logging.makeLogRecord(what)
            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)
        elif kind in ("display", "figure"):
            displaying.show(*what, as_text=kind == "display")
        else:
            stream = sys.stdout if kind == "out" else sys.stderr
            if stream is not None:
                stream.write(what)
