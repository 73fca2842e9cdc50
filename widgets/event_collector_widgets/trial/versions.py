"""Versions of a processor, each with a Context of its own, beside the queue."""

import asyncio
import copy
from contextlib import AsyncExitStack
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from event_collector import Collector, Context, Payload, Processor, Result, _check

_PLAIN = (bool, int, float, complex, str, bytes, frozenset, range, type(None), type)
_HARMLESS = (*_PLAIN, ModuleType, FunctionType, MethodType, BuiltinFunctionType)
"""What two Contexts may share without a word: nobody changes it."""


class Version:
    """Runs a processor as a collector would: with its timeout, results and log, but in no queue.

    Its `max_concurrency` is for the caller to keep. With `batch_size` it gets lists of one payload.

    Args:
        collector: The collector.
        processor: The version of its processor.
        ctx: What it works with; a shallow copy of the collector's Context unless given.
        lifecycle: Whether the collector's lifecycle is entered around it.

    Raises:
        TypeError: The processor is not an async function of a payload and a context, `ctx` is not
            a Context, or `lifecycle` not a bool.
        ValueError: There is no lifecycle to enter, or `ctx` is the one in use.
    """

    def __init__(
        self, collector: Collector, processor: Processor, ctx: Context | None, lifecycle: bool
    ) -> None:
        key = collector.key
        _check.kind(lifecycle, bool, "lifecycle", "True enters that of the collector")
        if lifecycle and collector.lifecycle is None:
            raise ValueError(f"collector {key!r} has no lifecycle; leave lifecycle= out")
        if lifecycle and ctx is collector.ctx:
            raise ValueError(
                f"the lifecycle cannot be entered around the Context that collector {key!r} "
                "works with; give another ctx=, or none"
            )
        self.ctx = copy.copy(collector.ctx) if ctx is None else ctx
        """What the processor works with."""
        self._lifecycle = collector.lifecycle if lifecycle else None
        # One that takes batches gets each payload in a list of one.
        size: Any = {"batch_size": collector.batch_size, "linger": collector.linger}
        self._collector: Collector = Collector(
            key, processor, ctx=self.ctx, timeout=collector.timeout, **size
        )

    def of_now(self, collector: Collector) -> "Version":
        """The present version of the processor, with a shallow copy of this one's Context."""
        entered = self._lifecycle is not None
        return Version(collector, collector.processor, copy.copy(self.ctx), entered)

    async def enter(self, stack: AsyncExitStack) -> None:
        """Enter the lifecycle, if it is wanted; the stack leaves it.

        Raises:
            Exception: Whatever the lifecycle raised.
        """
        if self._lifecycle is not None:
            await stack.enter_async_context(self._lifecycle(self.ctx))

    async def timed(self, payload: Payload[Any]) -> tuple[Result, float]:
        """The result for a payload, and the seconds of the loop's clock that it took.

        It runs in a task of its own. The traceback of an Error leads to the frames of all that have
        awaited the processor, and so to what they know: here they know this version.

        Raises:
            StruckError: The processor raised a KeyboardInterrupt or SystemExit.
        """
        return await asyncio.create_task(self._timed(payload))

    async def _timed(self, payload: Payload[Any]) -> tuple[Result, float]:
        time = asyncio.get_running_loop().time
        began = time()
        try:
            return await self._collector.process(payload), time() - began
        except (KeyboardInterrupt, SystemExit) as exc:
            raise StruckError(exc) from None


class StruckError(Exception):
    """Holds an interrupt. Itself, out of a task, it would end the loop and the kernel."""

    def __init__(self, interrupt: BaseException) -> None:
        super().__init__(interrupt)
        self.interrupt = interrupt


def copied(payload: Payload[Any]) -> tuple[Payload[Any], bool]:
    """A deep copy of a payload, and True; or a shallow one if that cannot be, and False."""
    try:
        return copy.deepcopy(payload), True
    except Exception:
        return copy.copy(payload), False


def shared(theirs: Context, ours: Context) -> list[str]:
    """What two Contexts both have that can be changed, as "name (type)"."""
    if theirs is ours:
        return ["all, the Context is the collector's own"]
    return [
        f"{name} ({type(value).__name__})"
        for name, value in vars(ours).items()
        if vars(theirs).get(name) is value and not isinstance(value, _HARMLESS)
    ]
