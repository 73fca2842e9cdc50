"""stop_on_signals: the first signal lets a service end in good order, the second one now."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from event_collector import Collector, Ok, Payload, QueueClosedError, stop_on_signals
from tests.support import Gate, echo, queue_of, run, settle, until

pytestmark = pytest.mark.skipif(
    sys.platform == "win32",
    reason="loops of Windows have no signal handlers, which is tested below",
)

SERVICE = """
import asyncio, sys
from event_collector import Collector, CollectorQueue, Ok, Payload, stop_on_signals

def say(*words):
    print(*words, flush=True)

async def store(payload, ctx):
    say("begun", payload.value)
    try:
        while not sys.stdin.closed:
            if await asyncio.to_thread(sys.stdin.readline):
                break
    except asyncio.CancelledError:
        say("cut off", payload.value)
        raise
    return Ok(payload.value)

async def quick(payload, ctx):
    await asyncio.sleep(0)
    say("stored", payload.value)
    return Ok(payload.value)

async def main():
    queue = CollectorQueue([Collector("store", {processor})], min_consumers=1, max_consumers=1)
    async with stop_on_signals() as stop, queue:
        events = [queue.get_publisher().send_nowait(Payload(number)) for number in range(3)]
        say("ready")
        await stop.wait()
        say("stops for", stop.signal.name)
    say("forced", stop.forced, "done", [event.done for event in events])
    say("cancelling", asyncio.current_task().cancelling())
    await asyncio.sleep(0)

asyncio.run(main())
say("ended")
"""


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str]"]:
    """A real service, in a process of its own."""
    code = textwrap.dedent(SERVICE.format(processor=request.param))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until(process: "subprocess.Popen[str]", last: str) -> list[str]:
    """What the process says, up to a line."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1].startswith(last):
            return lines
    assert process.stderr is not None
    raise AssertionError(f"{last!r} was never said: {lines} {process.stderr.read()}")


@pytest.mark.parametrize("service", ["quick"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_has_a_service_drain(
    service: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    """Decision 30: everything that was accepted is processed, and the process ends by itself."""
    lines_until(service, "ready")
    service.send_signal(number)
    said = lines_until(service, "ended")
    assert f"stops for {number.name}" in said
    assert "forced False done [True, True, True]" in said
    assert service.wait(20) == 0


@pytest.mark.parametrize("service", ["store"], indirect=True)
def test_a_second_signal_cuts_the_draining_off(service: "subprocess.Popen[str]") -> None:
    """Decision 30: the block ends, the one CancelledError with it, and main goes on."""
    lines_until(service, "begun 0")
    service.send_signal(signal.SIGTERM)
    lines_until(service, "stops for SIGTERM")
    service.send_signal(signal.SIGTERM)
    lines_until(service, "cut off 0")
    assert service.stdin is not None
    service.stdin.close()  # the thread that reads lets the process end
    said = lines_until(service, "ended")
    assert "forced True done [True, True, True]" in said
    assert "cancelling 0" in said
    assert "begun 1" not in said
    assert service.wait(20) == 0


def kill(number: int = signal.SIGTERM) -> None:
    """Send this very process a signal."""
    os.kill(os.getpid(), number)


def test_the_signals_are_held_while_the_queue_drains() -> None:
    """Decision 30: outermost, so that the second one does not kill a process that drains."""
    gate = Gate()
    events: list[Any] = []

    async def main() -> None:
        async with stop_on_signals(signal.SIGUSR1) as stop, queue_of(Collector("a", gate)) as queue:
            events.append(await queue.get_publisher().send(Payload(1)))
            await until(lambda: gate.begun)
            kill(signal.SIGUSR1)
            await stop.wait()
            # The second one comes while it drains, and a third one changes nothing.
            asyncio.get_running_loop().call_later(0.01, kill, signal.SIGUSR1)
            asyncio.get_running_loop().call_later(0.01, kill, signal.SIGUSR1)
        assert stop.forced
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await settle()

    run(main())
    assert isinstance(events[0].result.errors[0].exception, QueueClosedError)


@pytest.mark.parametrize("block", ["is ended by it", "goes on after it"])
def test_a_second_signal_before_the_block_has_ended_cuts_its_queues_off(block: str) -> None:
    """Decision 30: what it does last feels the cancellation, and its queues end after that."""
    gate = Gate()

    async def main() -> None:
        first, second = (queue_of(Collector("a", gate), shutdown_timeout=None) for _ in range(2))
        async with stop_on_signals(signal.SIGUSR1) as stop, first, second:
            events = [queue.get_publisher().send_nowait(Payload(1)) for queue in (first, second)]
            await until(lambda: len(gate.begun) == 2)
            kill(signal.SIGUSR1)
            await stop.wait()
            kill(signal.SIGUSR1)
            with suppress(*[asyncio.CancelledError][: block == "goes on after it"]):
                await asyncio.Event().wait()
        assert stop.forced
        assert [len(event.result.errors) for event in events if event.result] == [1, 1]
        async with queue_of(Collector("a", echo)) as later:  # drained as ever
            event = later.get_publisher().send_nowait(Payload(2))
        assert event.result == [Ok(2)]

    run(main())


def test_what_a_block_raised_whose_end_is_cut_off_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 30: the cancellation takes its place, and ends with the block."""
    gate = Gate()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        queue = queue_of(Collector("a", gate), shutdown_timeout=None)
        async with stop_on_signals(signal.SIGUSR1) as stop, queue:
            queue.get_publisher().send_nowait(Payload(1))
            await until(lambda: gate.begun)
            for _ in range(2):
                loop.call_later(0.01, kill, signal.SIGUSR1)
            raise LookupError("of the block")
        assert stop.forced

    run(main())
    said = [str(one.exc_info[1]) for one in caplog.records if one.exc_info and one.exc_info[1]]
    assert "of the block" in said


def test_a_second_signal_that_nobody_feels_cancels_nothing_later() -> None:
    """Decision 30: the one CancelledError ends at the end of the block, in any case."""

    async def main() -> None:
        async with stop_on_signals(signal.SIGUSR1) as stop:
            kill(signal.SIGUSR1)
            await stop.wait()
            kill(signal.SIGUSR1)
            try:
                await settle()
            except asyncio.CancelledError:
                assert stop.forced
        await settle()
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    run(main())


def test_an_error_of_the_block_is_raised_and_no_cancellation_is_left() -> None:
    """Decision 30: whatever else goes wrong while it is forced to end."""

    async def fails() -> None:
        async with stop_on_signals(signal.SIGUSR1) as stop:
            kill(signal.SIGUSR1)
            await stop.wait()
            kill(signal.SIGUSR1)
            with pytest.raises(asyncio.CancelledError):
                await asyncio.Event().wait()
            raise LookupError

    async def main() -> None:
        with pytest.raises(LookupError):
            await fails()
        await settle()
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    run(main())


def test_somebody_elses_cancellation_passes_through() -> None:
    """Decision 30: only the one that a signal made ends here."""

    async def main() -> None:
        async with stop_on_signals(signal.SIGUSR1) as stop:
            await stop.wait()

    async def cancelled() -> None:
        task = asyncio.create_task(main())
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        timed = asyncio.timeout(0.01)
        with pytest.raises(TimeoutError):
            async with timed:
                await main()

    run(cancelled())


def test_a_service_can_be_stopped_without_a_signal() -> None:
    """Decision 30: `set` does it, for tests and for a page that says "stop"."""

    async def main() -> None:
        async with stop_on_signals() as stop, queue_of(Collector("a", echo)) as queue:
            sending = queue.get_publisher().send(Payload(1))
            stop.set()
            await stop.wait()
        assert stop.is_set()
        assert stop.signal is None
        assert sending.event.result == [Ok(1)]

    run(main())


def test_what_is_not_a_signal_is_refused() -> None:
    """Decision 24: with the value."""

    async def main() -> None:
        async with stop_on_signals("SIGTERM"):  # type: ignore[arg-type]
            raise AssertionError

    with pytest.raises(TypeError, match=re.escape("got str: 'SIGTERM'; write signal.SIGTERM")):
        run(main())


def test_another_thread_cannot_have_signals() -> None:
    """Decision 30: it says so at once, and what to do instead."""

    async def enter() -> None:
        async with stop_on_signals():
            raise AssertionError

    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"main thread only; end the block yourself"):
            await asyncio.to_thread(asyncio.run, enter())

    run(main())


def test_a_notebook_has_its_own_use_for_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 30: it is known by what is imported there."""
    import types

    class Initialized:
        initialized = staticmethod(lambda: True)

    kernel = types.ModuleType("ipykernel.kernelapp")
    kernel.IPKernelApp = Initialized  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", kernel)

    async def main() -> None:
        async with stop_on_signals():
            raise AssertionError

    with pytest.raises(RuntimeError, match="in a notebook the stop button has them"):
        run(main())


def test_a_loop_without_signals_says_so() -> None:
    """Decision 30: the loops of Windows; what was held until then is put back."""

    class Without(asyncio.SelectorEventLoop):
        def add_signal_handler(self, *_: Any) -> None:  # type: ignore[override]
            raise NotImplementedError

    async def main() -> None:
        async with stop_on_signals():
            raise AssertionError

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RuntimeError, match=r"this loop does not take them .*; end the block"):
        run(main(), loop_factory=Without)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has neither")
def test_a_signal_that_nobody_can_hold_is_refused() -> None:
    async def main() -> None:
        async with stop_on_signals(signal.SIGTERM, signal.SIGKILL):
            pass

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RuntimeError, match="nobody can hold SIGKILL; leave it out"):
        asyncio.run(main())
    assert signal.getsignal(signal.SIGTERM) is before
