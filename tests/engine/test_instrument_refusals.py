"""Instruments that are refused, and why."""

import asyncio
import re
import threading
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, Instrument
from event_collector._core.hooks import HOOKS
from tests.support import Trace, echo, in_loop, queue_of


def test_wrong_instruments_are_refused() -> None:
    """Twice, none at all, one with a hook that cannot be called; and nothing is kept of it."""
    queue = queue_of(Collector("a", echo))
    trace = Trace()
    queue.add_instrument(trace)
    with pytest.raises(ValueError, match=r"^Trace is an instrument of this queue already$"):
        queue.add_instrument(trace)
    with pytest.raises(TypeError, match=r"^instrument must be an? Instrument, got object"):
        queue.add_instrument(object())  # type: ignore[arg-type]
    bad = Trace()
    bad.taken = 3  # type: ignore[assignment, method-assign]
    message = (
        "the hook 'taken' of Trace cannot be called: it is int; write a method, or leave it out"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        queue.add_instrument(bad)
    assert len(queue._consumers.hooks.accepted) == 1
    with pytest.raises(ValueError, match=r"^Trace is not an instrument of this queue$"):
        queue.remove_instrument(bad)


def test_one_that_would_be_told_nothing_is_refused() -> None:
    """No hook at all, as after a slip of the pen; an async one, which nobody would await."""
    queue = queue_of(Collector("a", echo))

    class Slipped(Instrument):
        def finnished(self, event: CollectorEvent) -> None: ...

    class Awaited(Instrument):
        async def finished(self, event: CollectorEvent) -> None: ...

    class Broken(Instrument):
        @property
        def finished(self) -> Any:  # type: ignore[override]
            return self.nothing  # type: ignore[attr-defined]

    message = f"Slipped has no hook, and would be told nothing; the hooks are {', '.join(HOOKS)}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        queue.add_instrument(Slipped())
    with pytest.raises(TypeError, match=r"^the hook 'finished' of Awaited must not be async: "):
        queue.add_instrument(Awaited())
    with pytest.raises(AttributeError, match="nothing"):
        queue.add_instrument(Broken())
    assert not queue._consumers.hooks.finished


@pytest.mark.parametrize("method", ["add_instrument", "remove_instrument"])
@in_loop
async def test_another_thread_is_refused_while_the_queue_runs(method: str) -> None:
    """Only the queue's own thread and loop may change who is told."""
    trace = Trace()
    found: list[str] = []

    def call() -> None:
        try:
            getattr(queue, method)(trace)
        except RuntimeError as exc:
            found.append(str(exc))

    async with queue_of(Collector("a", echo)) as queue:
        if method == "remove_instrument":
            queue.add_instrument(trace)
        thread = threading.Thread(target=call)
        thread.start()
        await asyncio.to_thread(thread.join)
    assert len(found) == 1
    assert found[0].startswith(f"{method}() was called outside the thread and event loop")


def test_a_hook_that_yields_is_refused() -> None:
    """Nobody would go through what it returns, and nothing of it would run."""

    class Yielding(Instrument):
        def finished(self, event: CollectorEvent) -> Any:
            yield event

    class AsyncYielding(Instrument):
        async def finished(self, event: CollectorEvent) -> Any:
            yield event

    queue = queue_of()
    for instrument in (Yielding(), AsyncYielding()):
        with pytest.raises(TypeError, match=r"^the hook 'finished' of \w+ must not yield: "):
            queue.add_instrument(instrument)
