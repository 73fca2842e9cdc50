"""Home: one collector on one worker, with a thread and a loop of its own.

The thread keeps the worker's own loop free: what a processor computes there holds no heartbeat up,
and no other collector. The lifecycle, the processors and what these start all run in that loop.
"""

import asyncio
import concurrent.futures
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from itertools import batched
from time import monotonic
from typing import TYPE_CHECKING, Any

from event_collector._core.shares import shares_of
from event_collector._core.watch import runs
from event_collector._log import logger
from event_collector._text import describe
from event_collector.cluster import packing, showing
from event_collector.cluster.errors import as_exception, too_late
from event_collector.data import Error, Payload, Result
from event_collector.errors import LifecycleEndedError, UnpicklableError

if TYPE_CHECKING:
    from event_collector.collector import Collector


SLICE = 0.02
"""Seconds for which processors that never wait are run one after the other, at one go."""

DRAIN = 30.0
"""Seconds that a worker which closes goes on with what it has begun."""

LEAVES = 5.0
"""Seconds that processors which are cancelled at the end have, and results to be fetched."""

PATIENCE = 60.0
"""Seconds that a lifecycle has to be left before it is cancelled; then it has `LEAVES` more."""

type Done = tuple[int, str, Any, bytes]
"""What is told of an event: its number, the kind of its result, what it holds, what was shown."""


class Home:
    """Runs a collector's processor for the payloads that a queue elsewhere sends.

    Args:
        spec: What the collector is made of, pickled: see `Remote.spec`.
        tell: Called in the thread when there are results to be fetched.
    """

    def __init__(self, spec: bytes, tell: Callable[[], object]) -> None:
        self._spec = spec
        self._tell = tell
        self._opened: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._collector: Collector
        self._key = "?"  # of one that could not be made
        self._loop: asyncio.AbstractEventLoop | None = None
        self._life: asyncio.Task[None] | None = None
        """Has the lifecycle, from the first."""
        self._gave_up = False
        self._stop: asyncio.Event | None = None
        self._idle: asyncio.Event
        self._tasks: dict[int, asyncio.Task[None] | None] = {}
        """By number, the task that processes it; of a batch all have one. None: it has to wait."""
        self._called_off: set[int] = set()
        """Numbers of those who are cancelled before they have begun."""
        self._owed: set[int] = set()
        """Numbers of payloads whose results were not taken; the worker's loop has it."""
        self._shared: dict[asyncio.Task[None], set[int]] = {}
        """By task of a batch, the numbers of those who still want their result."""
        self._lanes: dict[int, deque[tuple[int, Any]]] = {}
        """By lane, what waits behind the payload that is processed: see `lanes`."""
        self._done: deque[Done] = deque()  # two threads have it
        self.shown: showing.Pieces = []
        """What the lifecycle has shown while it was entered."""
        self._grace: float | None = None
        self.left = False
        """Whether it takes no more payloads."""
        self.failure: BaseException | None = None
        """What its lifecycle ended with, by itself."""

    # In the worker's loop

    async def open(self) -> None:
        """Start the thread, and enter the lifecycle.

        Raises:
            Exception: What the lifecycle raised, or what cannot be unpickled here.
        """
        thread = threading.Thread(target=self._run, name="event_collector", daemon=True)
        thread.start()
        await asyncio.wrap_future(self._opened)

    async def close(self, *, drain: bool) -> BaseException | None:
        """Leave the lifecycle and end the thread; return what the lifecycle raised then.

        Args:
            drain: Process what is there first, and have the results fetched.
        """
        self.left, before = True, self.failure
        if self._loop is None:
            return None
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end, drain)
        ended = asyncio.wrap_future(self._ended)
        _, late = await asyncio.wait([ended], timeout=DRAIN if drain else PATIENCE)
        if late and not drain:
            self.give_up()
            if (await asyncio.wait([ended], timeout=LEAVES))[1]:  # it computes, say
                logger.error("%s", problem := too_late(self._key))
                return problem
        until = monotonic() + LEAVES * drain
        while self._owed and monotonic() < until:  # noqa: ASYNC110 - two things set it
            await asyncio.sleep(0.01)
        return self.failure if before is None else None

    def give_up(self) -> None:
        """Cancel the lifecycle: it takes too long, or nobody wants it any more."""
        self._gave_up = True
        if self._life is not None:
            with suppress(RuntimeError):  # its loop has ended
                self._life.get_loop().call_soon_threadsafe(self._life.cancel)

    def begin(self, entries: list[Any]) -> None:
        """Begin to process a chunk of numbered payloads."""
        assert self._loop is not None
        self._owed.update([number for number, _, _ in entries])
        with suppress(RuntimeError):  # its lifecycle has ended, and its loop with it: see `take`
            self._loop.call_soon_threadsafe(self._start, entries)

    def cancel(self, numbers: list[int]) -> None:
        """Cancel the processors of these: nobody waits for them any more."""
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._cancel, numbers)

    def take(self) -> list[Done]:
        """The results that are there, each once."""
        ended = self._ended.done()  # asked first: what is not there then, will never be
        if ended:
            self._refuse(self._owed - {number for number, *_ in self._done})
        done = []
        while self._done:
            done.append(self._done.popleft())
        self._owed.difference_update([number for number, *_ in done])
        return done

    @property
    def busy(self) -> bool:
        """Whether there are payloads whose results were not taken."""
        return bool(self._owed)

    def _run(self) -> None:
        try:
            with showing.listening(self._spec):
                asyncio.run(self._live())
            if self._stop is None or not self._stop.is_set():  # what ended it was kept quiet
                raise LifecycleEndedError(self._collector.key)
        except BaseException as exc:
            gave_up = self._gave_up and isinstance(exc, asyncio.CancelledError)
            self.failure = too_late(self._key, exc) if gave_up else as_exception(exc)
            if self._opened.done():
                logger.error("the lifecycle of %r has ended", self._key, exc_info=self.failure)
            else:
                self._opened.set_exception(self.failure)
        finally:
            self.left = True
            self._ended.set_result(None)
            self._tell()

    async def _live(self) -> None:
        """Be there from the first payload to the last, with the lifecycle open."""
        heard, self._life = showing.hear(), asyncio.current_task()
        try:
            if self._gave_up:
                raise asyncio.CancelledError
            self._collector = collector = packing.unpack_collector(self._spec)
            self._key, lifecycle = collector.key, collector.lifecycle
            manager: Any = nullcontext() if lifecycle is None else lifecycle(collector.ctx)
            async with manager:
                self.shown = heard.take()
                self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
                self._idle = asyncio.Event()
                self._idle.set()
                self._opened.set_result(None)
                await self._stop.wait()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._idle.wait(), self._grace)
        finally:
            self.shown += heard.take()

    def _end(self, drain: bool) -> None:
        assert self._stop is not None
        self._stop.set()
        if not drain:
            self._grace = LEAVES
            self._cancel(list(self._tasks))

    def _start(self, entries: list[Any]) -> None:
        for number, _, _ in entries:
            self._tasks[number] = None
        self._idle.clear()
        # A task without the context of a payload: each payload gets a copy of it.
        asyncio.get_running_loop().create_task(self._walk(entries))

    async def _walk(self, entries: list[Any]) -> None:
        """Start what is to be done for each payload, and let others have their turn in between."""
        size, since = self._collector.batch_size, monotonic()
        showing.heed()
        for some in batched(entries, size or 1):
            if size is not None:
                self._begin([(number, packed) for number, _, packed in some])
            else:
                ((number, lane, packed),) = some
                if lane is not None and lane in self._lanes:
                    self._lanes[lane].append((number, packed))
                    continue
                if lane is not None:
                    self._lanes[lane] = deque()
                self._begin([(number, packed)], lane)
            if monotonic() - since > SLICE:
                await asyncio.sleep(0)
                since = monotonic()

    def _begin(self, members: list[tuple[int, Any]], lane: int | None = None) -> None:
        """Process a payload, or a batch, in a task that runs at once."""
        if self._called_off:
            members = [each for each in members if not self._is_called_off(each[0])]
            if not members:
                if lane is not None:
                    self._next_in(lane)
                return
        coroutine = (
            self._serve(members, lane)
            if self._collector.batch_size is None
            else self._serve_batch(members)
        )
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        task = asyncio.Task(coroutine, loop=loop, context=context, eager_start=True)
        if task.done():
            return
        own = {number for number, _ in members if number in self._tasks}
        self._tasks.update(dict.fromkeys(own, task))
        self._shared[task] = own

    def _is_called_off(self, number: int) -> bool:
        if number not in self._called_off:
            return False
        self._called_off.remove(number)
        self._tasks.pop(number, None)
        self._told(number, Error(asyncio.CancelledError()), [])
        return True

    def _cancel(self, numbers: Iterable[int]) -> None:
        """Cancel the tasks of those whom nobody waits for; a batch when that is all of it."""
        for number in numbers:
            if (task := self._tasks.get(number)) is None:
                # It waits, or has been overtaken by this; or it is done, which is rare.
                self._called_off.add(number)
                continue
            wanted = self._shared.get(task, set())
            wanted.discard(number)
            if not wanted:
                task.cancel()

    async def _serve(self, members: list[tuple[int, Any]], lane: int | None) -> None:
        ((number, packed),) = members
        heard, me = showing.hear(ends=True), asyncio.current_task()
        collector = self._collector
        try:
            payload = packing.unpack_payload(packed)
            value = await collector._run(payload, collector._ctx)
        except BaseException as exc:
            if isinstance(exc, GeneratorExit) and not runs(me):
                raise  # the loop is gone, and nobody is left to be told
            result: Result = collector._raised(exc)
        else:
            result = collector._returned(value)
            value = None
        self._finish([(number, result)], heard)
        if lane is not None:
            self._next_in(lane)

    def _next_in(self, lane: int) -> None:
        """The payload before it is done: the next one of the lane has its turn."""
        waiting = self._lanes[lane]
        if waiting:
            # Not within the step of the one before: a long lane would nest too deep.
            asyncio.get_running_loop().call_soon(self._begin, [waiting.popleft()], lane)
        else:
            del self._lanes[lane]

    async def _serve_batch(self, members: list[tuple[int, Any]]) -> None:
        heard, me = showing.hear(ends=True), asyncio.current_task()
        payloads: list[Payload[Any]] = []
        numbers: list[int] = []
        for number, packed in members:
            try:
                payloads.append(packing.unpack_payload(packed))
                numbers.append(number)
            except BaseException as exc:  # in a method of the value's own
                self._finish([(number, self._collector._raised(exc))], heard)
        if not payloads:
            return
        collector = self._collector
        value: object = None
        raised: BaseException | None = None
        try:
            value = await collector._guarded(payloads, collector._ctx)  # type: ignore[arg-type]
        except BaseException as exc:
            if isinstance(exc, GeneratorExit) and not runs(me):
                raise  # as above
            raised = exc
        shares = shares_of(collector.key, len(payloads), value, raised)
        results = [collector._returned(share) for share in shares]
        self._finish(list(zip(numbers, results, strict=True)), heard)

    def _finish(self, results: list[tuple[int, Result]], heard: showing.Heard) -> None:
        pieces = showing.ended(heard)
        for number, result in results:
            self._tasks.pop(number, None)
            self._told(number, result, pieces)
            pieces = []  # of a batch, with its first event
        if (task := asyncio.current_task()) is not None:
            self._shared.pop(task, None)

    def _told(self, number: int, result: Result, pieces: showing.Pieces) -> None:
        try:
            packed = packing.pack_result(result)
        except BaseException as exc:  # nobody may wait for ever, whatever an exception's methods do
            packed = packing.pack_result(Error(UnpicklableError(describe(exc))))
        self._done.append((number, *packed, showing.pack(pieces)))
        idle = not self._tasks
        if idle and self._stop is not None:
            self._idle.set()
        if idle or len(self._done) == 1:
            self._tell()

    def _refuse(self, numbers: Iterable[int]) -> None:
        """Their lifecycle is not open: they are not processed, or not to their end."""
        for number in numbers:
            ended = LifecycleEndedError(self._key)
            ended.__cause__ = self.failure
            self._done.append((number, *packing.pack_result(Error(ended)), b""))
