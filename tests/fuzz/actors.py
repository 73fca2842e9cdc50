"""Who uses the queues of a random program, and who ends it."""

import asyncio
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from concurrent import futures
from typing import Any

import anyio

from event_collector import (
    CollectorQueue,
    LifecycleEndedError,
    QueueClosedError,
    QueueFullError,
    UnknownCollectorError,
)
from tests.fuzz.world import World

EXPECTED = (QueueClosedError, QueueFullError, LifecycleEndedError, UnknownCollectorError)
ENDS = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
EXPECTED_WORDS = (
    *("would wait for itself", "which it awaits", "just being", "needs a paused queue"),
    "already executing",  # asyncio's own, as tasks are collected whose loop was closed over them
    *("lifecycle", "in another event loop", "outside", "pause", "has a collector with the key"),
)


def expected(exc: BaseException) -> bool:
    """Whether a user of a random program may get this."""
    if isinstance(exc, BaseExceptionGroup):
        return all(expected(one) for one in exc.exceptions)
    if isinstance(exc, (*EXPECTED, TimeoutError, *ENDS)):
        return True
    notes = " ".join([str(exc), *getattr(exc, "__notes__", [])])
    return isinstance(exc, RuntimeError | ValueError) and any(
        words in notes for words in EXPECTED_WORDS
    )


class Actors:
    """All who do something with the queues of a world, in one loop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tasks: list[asyncio.Task[None]] = []
        self.threads: list[threading.Thread] = []
        self.outside: list[futures.Future[Any]] = []

    def begin(self) -> None:
        """Have all begin."""
        world = self.world
        for queue in world.queues:
            for _ in range(world.dice.randint(1, 3)):
                self.act(self.send(queue))
            self.act(self.change(queue))
            if world.chance(0.5):
                self.threads.append(threading.Thread(target=self.send_outside, args=[queue]))
                self.threads[-1].start()
        self.act(self.cancel_some())

    def act(self, steps: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have somebody act, who may be interrupted, refused or cancelled."""
        task = asyncio.get_running_loop().create_task(self._guarded(steps))
        self.tasks.append(task)
        return task

    async def _guarded(self, steps: Coroutine[Any, Any, None]) -> None:
        try:
            await steps
        except (KeyboardInterrupt, SystemExit):
            self.world.heard += 1
        except BaseException as exc:
            if not expected(exc):
                self.world.wrong.append("".join(traceback.format_exception(exc)))
            if isinstance(exc, asyncio.CancelledError):
                raise

    async def send(self, queue: CollectorQueue) -> None:
        """Send, and wait, in all ways."""
        world, publisher = self.world, queue.get_publisher()
        for _ in range(world.dice.randint(1, 20)):
            try:
                await self._send_one(queue)
            except (QueueFullError, TimeoutError):
                pass  # not to be cancelled in here: asyncio's Timeout would be a cycle
            except (KeyboardInterrupt, SystemExit):
                world.heard += 1
            await asyncio.sleep(0)
            if world.chance(0.05):
                await publisher.wait()

    async def _send_one(self, queue: CollectorQueue) -> None:
        world, publisher = self.world, queue.get_publisher()
        way = world.dice.random()
        if way < 0.1:
            world.events.append(publisher.send_nowait(world.payload()))
        elif way < 0.2:
            many = [world.payload() for _ in range(3)]
            world.events += await publisher.send_all(many)
        else:
            sending = publisher.send(world.payload())
            world.events.append(sending.event)
            if way < 0.4:
                await sending
            elif way < 0.6:
                await sending.wait()
            elif way < 0.7:
                await asyncio.wait_for(sending.wait(), world.pick(0.0005, 0.005))
            elif way < 0.8 and not world.killed:  # anyio keeps what was in its scopes then
                with anyio.move_on_after(world.pick(0, 0.001)):
                    await sending.wait()

    def send_outside(self, queue: CollectorQueue) -> None:
        """The same, in a thread."""
        world, publisher = self.world, queue.get_publisher()
        for _ in range(world.dice.randint(1, 10)):
            try:
                if world.chance(0.5):
                    sent = publisher.send_threadsafe(world.payload())
                else:
                    limit = world.pick(None, 0.001)
                    sent = publisher.send_threadsafe(
                        world.payload(), wait_for_room=True, timeout=limit
                    )
                self.outside.append(sent)
                if world.chance(0.2):
                    sent.cancel()
                elif world.chance(0.3):
                    sent.result(20)
            except (KeyboardInterrupt, SystemExit):
                world.heard += 1
            except TimeoutError:
                world.wrong.append("a thread waits for ever")
            except (QueueClosedError, QueueFullError, futures.CancelledError):
                pass
            except BaseException as exc:
                world.wrong.append(f"a thread got {exc!r}")
            time.sleep(world.dice.random() * 0.001)

    async def change(self, queue: CollectorQueue) -> None:
        """Change all that can be changed while it runs."""
        world, unwraps = self.world, list[Callable[[], None]]()
        for _ in range(world.dice.randint(0, 12)):
            await asyncio.sleep(world.pick(0, 0, 0, 0.001))
            try:
                await self._change_one(queue, unwraps)
            except (KeyboardInterrupt, SystemExit):
                world.heard += 1
            except Exception as exc:
                if not expected(exc) or isinstance(exc, QueueClosedError):
                    raise

    async def _change_one(self, queue: CollectorQueue, unwraps: list[Callable[[], None]]) -> None:
        world = self.world
        way, key = world.dice.randint(0, 9), world.pick("0", "1", "new")
        if way == 0:
            await queue.add(world.collector(key))
        elif way == 1:
            await queue.replace(world.collector(key))
        elif way == 2:
            await queue.remove(key)
        elif way == 3:
            queue.set_limits(max_consumers=world.dice.randint(2, 5))
        elif way == 4:
            queue.set_limits(max_queued=world.pick(None, 1, 3))
        elif way == 5:
            queue.pause()
            try:
                await asyncio.sleep(0)
                queue.step(2)
                await asyncio.sleep(world.pick(0, 0.001))
            finally:  # nobody else would
                if queue.running:
                    queue.resume()
        elif way == 6:
            await queue.settle(0.002)
        elif way == 7:
            unwraps.append(queue.wrap(key, _around))
        elif way == 8 and unwraps:
            unwraps.pop()()
        else:
            now = queue.metrics()
            if now.accepted != now.queued + now.in_service + now.finished:
                world.wrong.append(f"the counts do not add up: {now!r}")

    async def cancel_some(self) -> None:
        """Cancel whoever is at it."""
        world = self.world
        for _ in range(world.dice.randint(0, 40)):
            await asyncio.sleep(0)
            if world.chance(0.1):
                world.pick(*self.tasks).cancel()

    def clear(self) -> None:
        """Forget all of them."""
        self.tasks.clear()
        self.threads.clear()
        self.outside.clear()

    async def see_out(self, share: float) -> None:
        """Wait until they have ended, or some of them."""
        await asyncio.wait(self.tasks, timeout=self.world.dice.random() * share)

    async def shut_down(self, queue: CollectorQueue) -> None:
        """Shut a queue down, maybe by two, of whom one or both are cancelled."""
        world = self.world
        tasks = [self.act(queue.shut_down_queue()) for _ in range(world.dice.randint(1, 2))]
        if world.chance(0.4):
            for task in tasks[: world.dice.randint(1, 2)]:
                for _ in range(world.dice.randint(0, 6)):
                    await asyncio.sleep(world.pick(0, 0, 0.001))
                task.cancel()
        await asyncio.wait(tasks)


async def _around(payload: Any, ctx: Any, processor: Any) -> Any:
    await asyncio.sleep(0)
    return await processor(payload, ctx)
