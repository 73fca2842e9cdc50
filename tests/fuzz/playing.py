"""The loops that a random program is played in, and the laws that hold when it has ended."""

import asyncio
import contextlib
import gc
import logging
import sys
import warnings
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from event_collector import CollectorQueue, QueueClosedError
from event_collector._core import dispatch, lifecycles, shutdown, undertaking
from tests.fuzz.actors import Actors
from tests.fuzz.world import World, results_of
from tests.support import eager_loop, tasks_but_keepers

LOOPS = ("asyncio", "eager", "uvloop")
WAYS = ("shut down", "shut down", "shut down at once", "left", "killed", "dropped")
AGAIN = ("shut down", "shut down at once", "left", "killed")
"""After which queues are started again, in another loop."""
LONG = 15.0
"""Seconds in which all that a program does has ended."""
QUIET = (
    *("the processor raised", "a batch of", "called at the end of a processor", "was given up"),
    *("lifecycle", "before the queue was shut down", "of a queue raised, and nobody"),
    *("send_all()", "held the event loop"),
)
"""What the log may say of users' mistakes, and of a busy machine."""


class HangsError(Exception):
    """Something does not end."""


class _Heard(logging.Handler):
    """Keeps what the log says that nobody should read there."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self.world = world
        self.quiet: tuple[str, ...] = QUIET

    def emit(self, record: logging.LogRecord) -> None:
        said, exc = record.getMessage(), record.exc_info
        if any(words in said for words in self.quiet):
            return
        if exc and exc[0] and issubclass(exc[0], KeyboardInterrupt | SystemExit):
            return
        self.world.wrong.append(f"the log says: {said} {exc and exc[1]!r}")

    def unraisable(self, what: Any) -> None:
        """Something was raised where nobody could be told."""
        text = f"{what.exc_value!r} in {what.object!r}"
        if not any(words in text for words in self.quiet):
            self.world.wrong.append(f"nobody could be told of {text}")


def play(seed: int, loop_of: str) -> World:
    """Play one program; what was wrong with it stands in its world."""
    world = World(seed)
    world.way = way = world.pick(*WAYS)
    world.killed = way == "killed"
    gc.disable()
    try:
        with _quick_to_give_up(), _listening(world, way), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of queues that were never shut down
            for turn in range(2 if way in AGAIN and world.chance(0.3) else 1):
                actors = Actors(world)
                _play_in(_loop(loop_of), world, actors, way)
                _look(world, actors)
                # Frames that this was called by are kept by an Error's traceback, with what is in
                # their variables.
                actors.clear()
                if turn == 0 and way == "killed":
                    world.way = way = world.pick("shut down", "killed")
            look_back(world)
    finally:
        gc.enable()
    return world


def _loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    loop = asyncio.SelectorEventLoop()
    return eager_loop(loop) if kind == "eager" else loop


@contextlib.contextmanager
def _quick_to_give_up() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (shutdown, lifecycles):
            patch.setattr(module, "GRACE", 0.02)
        yield


@contextlib.contextmanager
def _listening(world: World, way: str) -> Iterator[None]:
    heard = _Heard(world)
    if way == "killed":
        heard.quiet += ("was destroyed but it is pending", "loop is closed", "never retrieved")
    unraisable, sys.unraisablehook = sys.unraisablehook, heard.unraisable
    loggers = [logging.getLogger(name) for name in ("event_collector", "asyncio")]
    for logger in loggers:
        logger.addHandler(heard)
        logger.propagate = False
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for logger in loggers:
            logger.removeHandler(heard)
            logger.propagate = True


def _play_in(loop: asyncio.AbstractEventLoop, world: World, actors: Actors, way: str) -> None:
    asyncio.set_event_loop(loop)
    try:
        _run(loop, _main(world, actors, way), world)
        if way == "killed":
            return
        # As `asyncio.run` does it.
        while left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            _run(loop, _gather(left), world)
            del task
            if world.wrong:
                break
        _run(loop, loop.shutdown_asyncgens(), world)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _gather(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks, timeout=LONG)
    if left := [task for task in tasks if not task.done()]:
        for task in left:
            task.print_stack()
        raise HangsError(f"tasks outlast their loop: {left}")
    for task in tasks:
        if not task.cancelled():
            task.exception()  # asked for


def _run(loop: asyncio.AbstractEventLoop, steps: Coroutine[Any, Any, Any], world: World) -> None:
    """Run a coroutine to its end, however often that is interrupted."""
    main = loop.create_task(steps)
    while True:
        try:
            loop.run_until_complete(main)
            return
        except (KeyboardInterrupt, SystemExit):
            world.heard += 1
            if main.done():
                return
        except BaseException as exc:
            if "loop stopped before" in str(exc):  # uvloop's, struck twice in one turn
                world.heard += 1
                continue
            world.wrong.append(f"the program ended with {exc!r}")
            return


async def _main(world: World, actors: Actors, way: str) -> None:
    try:
        async with asyncio.timeout(LONG):
            await _act(world, actors, way)
    except TimeoutError:
        for task in tasks_but_keepers() - {asyncio.current_task()}:
            task.print_stack()
        raise HangsError("it does not end") from None


async def _act(world: World, actors: Actors, way: str) -> None:
    world.over = False
    for queue in world.queues:
        await asyncio.wait([actors.act(queue.init_queue())])
    actors.begin()
    await actors.see_out(0.02)
    if way == "left" or way == "killed":
        return
    if way != "shut down at once":
        await actors.see_out(0.1)
    world.over = True
    if way == "dropped":
        for task in actors.tasks:
            task.cancel()
        await asyncio.wait(actors.tasks)
        await asyncio.to_thread(actors_end, actors)
        world.queues.clear()
        del queue, task
        actors.tasks.clear()
        while not all(event.done for event in world.events):  # noqa: ASYNC110  # dropped: who tells?
            await asyncio.sleep(0.001)
        return
    for queue in world.queues:
        await actors.shut_down(queue)
        while queue.running:  # its last caller was interrupted, or cancelled before it began
            await asyncio.wait([actors.act(queue.shut_down_queue())])
    await asyncio.to_thread(actors_end, actors)
    for task in actors.tasks:
        task.cancel()
    await asyncio.wait(actors.tasks)
    del task
    actors.tasks.clear()
    await _until_still(world)


async def _until_still(world: World) -> None:
    """What was given up may work on for a while; nothing else is left."""
    end = asyncio.get_running_loop().time() + LONG
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        if asyncio.get_running_loop().time() > end:
            world.wrong.append(f"tasks are left: {left}")
            return
        await asyncio.sleep(0.001)


def actors_end(actors: Actors) -> None:
    """See the threads to their end."""
    for thread in actors.threads:
        thread.join(LONG)
        if thread.is_alive():
            actors.world.wrong.append("a thread hangs")
    actors.threads.clear()


def _look(world: World, actors: Actors) -> None:
    """The laws of what has ended in one loop."""
    for queue in world.queues:
        try:
            queue.get_publisher().send_threadsafe(world.payload())  # it sees that its loop is gone
        except QueueClosedError:
            pass
        except (KeyboardInterrupt, SystemExit):
            world.heard += 1
        _look_at(world, queue)
    actors_end(actors)
    if left := [future for future in actors.outside if not future.done()]:
        world.wrong.append(f"{len(left)} futures of threads never end")
    world.wrong += filter(None, map(results_of, world.events))
    if kept := [*undertaking._under_way, *dispatch._parents]:
        world.wrong.append(f"these tasks are kept for ever: {kept}")
        undertaking._under_way.clear()  # not to be found again by the next program
        dispatch._parents.clear()


def _look_at(world: World, queue: CollectorQueue) -> None:
    now, consumers = queue.metrics(), queue._consumers
    left: dict[str, Any] = {
        "running": queue.running,
        "queued": now.queued or len(consumers.queued),
        "in service": now.in_service or consumers.active,
        "accepted": now.accepted - now.finished,
        "outside": consumers.outside,
        "marks": consumers.attendance.marks,
        "barriers": consumers.barriers.lasts,
    }
    if consumers.begun and not world.killed:
        left["batches"] = consumers.batches.waiting or consumers.batches.at_work
        left["deliverers"] = consumers.watch.deliverers
    world.wrong += [f"left of {queue!r}: {name}: {what}" for name, what in left.items() if what]


def look_back(world: World) -> None:
    """The laws of the whole."""
    world.count = len(world.values)
    world.queues.clear()
    world.events.clear()
    if world.killed:
        gc.collect()  # the tasks of a loop that was closed over them, with their loop
    twice = [key for key, count in (world.finished | world.begun).items() if count > 1]
    if twice:
        world.wrong.append(f"ended, or begun, twice: {twice}")
    if world.begun != world.ended:
        world.wrong.append(f"begun and not ended: {world.begun - world.ended}")
    if not world.killed and world.promised != world.called:
        world.wrong.append(f"not called: {world.promised - world.called}, {world.called}")
    if not world.killed and world.entered != world.left:
        world.wrong.append(f"{world.entered} lifecycles entered, {world.left} left")
    if world.struck and not world.heard and not world.killed:
        world.wrong.append("an interrupt was swallowed")
    held = [ref for ref in world.values if ref() is not None]
    gc.collect()
    # Of an interrupt's making are those through the frames of whoever got it.
    making = world.interrupts or world.killed or world.failed
    if not making and any(ref() is None for ref in held):
        world.wrong.append(f"{len(held)} payloads were in reference cycles")
