"""Who waits in a loop, and where: what a deadlock tells."""

import asyncio
import linecache
import re
from pathlib import Path
from types import FrameType
from typing import Any

from event_collector._core.consumer import Consumer
from event_collector._core.inspection import consumer_of, frames_of, runner_of
from event_collector._core.undertaking import KEEPER
from event_collector._tracebacks import is_own
from event_collector.settling import Place
from event_collector.simulation.errors import Waiting

_ASYNCIO = str(Path(asyncio.__file__).parent)
_UNNAMED = re.compile(r"Task-\d+")


def who_waits(
    loop: asyncio.AbstractEventLoop, main: asyncio.Task[Any] | None
) -> tuple[Waiting, ...]:
    """All tasks of a loop that are not done: main first, then by name, numbers as numbers.

    A queue's keeper is not among them: it waits for nothing but the end.
    """
    found = [task for task in asyncio.all_tasks(loop) if task.get_name() != KEEPER]
    tasks = sorted(found, key=lambda task: (task is not main, _order(task)))
    return tuple(_waiting(task, is_main=task is main) for task in tasks)


def _order(task: asyncio.Task[Any]) -> list[tuple[int, str]]:
    """What sorts "Task-9" before "Task-10"."""
    parts = re.split(r"(\d+)", task.get_name())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _waiting(task: asyncio.Task[Any], *, is_main: bool) -> Waiting:
    frames = list(frames_of(task.get_coro()))
    runners = [by for frame in frames if (by := runner_of(frame)) is not None]
    consumers = [consumer for by in runners if (consumer := consumer_of(by)) is not None]
    collectors = [by.collector.key for by in runners if by.collector is not None]
    event = consumers[-1].event if consumers else None
    place = _place(frames)
    return Waiting(
        "main" if is_main else _name(task, consumers),
        place,
        "" if place is None else linecache.getline(place.file, place.line).strip(),
        None if event is None else event.id,
        collectors[-1] if collectors else None,
    )


def _name(task: asyncio.Task[Any], consumers: list[Consumer]) -> str:
    """The task's name, if it was given one: asyncio's own count differs from run to run."""
    if consumers:
        return f"consumer {consumers[-1].number}"
    if not _UNNAMED.fullmatch(task.get_name()):
        return task.get_name()
    coroutine = task.get_coro()
    return getattr(coroutine, "__name__", None) or type(coroutine).__name__


def _place(frames: list[FrameType]) -> Place | None:
    """The innermost frame of the user's own, or else the innermost of all."""
    own = [
        frame
        for frame in frames
        if not is_own(frame.f_code) and not frame.f_code.co_filename.startswith(_ASYNCIO)
    ]
    if not frames:
        return None
    frame = (own or frames)[-1]
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
