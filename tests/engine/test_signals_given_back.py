"""Signals that are held are given back: to whoever had them before."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from event_collector import stop_on_signals
from tests.support import run


def kill(number: int = signal.SIGTERM) -> None:
    """Send this very process a signal."""
    os.kill(os.getpid(), number)


def test_the_handlers_are_put_back() -> None:
    """Decision 30: as they were, whatever they were."""

    def mine(*_: object) -> None: ...

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR1)}
    signal.signal(signal.SIGUSR1, mine)

    async def main() -> None:
        async with stop_on_signals(signal.SIGUSR1) as stop:
            kill(signal.SIGUSR1)
            await stop.wait()
            assert repr(stop) == "StopOnSignals(set)"
            assert stop.signal is signal.SIGUSR1
            assert not stop.forced

    try:
        run(main())
        assert signal.getsignal(signal.SIGUSR1) is mine
        assert signal.getsignal(signal.SIGINT) == before[signal.SIGINT]
    finally:
        signal.signal(signal.SIGUSR1, before[signal.SIGUSR1])


@pytest.fixture
def unheard() -> Iterator[None]:
    """A SIGTERM that nobody holds does not end the tests."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("inner", [(), (signal.SIGTERM,)])
def test_an_outer_block_has_the_signals_again(inner: tuple[signal.Signals, ...]) -> None:
    """Decision 30: as they were, when an inner block ends; within, the innermost one has them."""

    async def main() -> None:
        async with stop_on_signals() as outer:
            async with stop_on_signals(*inner) as stop:
                kill()
                await stop.wait()
                assert not outer.is_set()
            kill()
            await outer.wait()
            assert outer.signal is signal.SIGTERM

    before = signal.getsignal(signal.SIGTERM)
    run(main())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.usefixtures("unheard")
def test_blocks_that_end_in_another_order_leave_the_signals_to_who_is_left() -> None:
    """Two tasks, of which the one that came first goes first."""

    async def main() -> None:
        first, second = contextlib.AsyncExitStack(), contextlib.AsyncExitStack()
        await first.enter_async_context(stop_on_signals())
        stop = await second.enter_async_context(stop_on_signals())
        await first.aclose()
        kill()
        await stop.wait()
        await second.aclose()

    before = signal.getsignal(signal.SIGTERM)
    run(main())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.usefixtures("unheard")
def test_a_handler_of_the_loop_is_put_back() -> None:
    """Decision 30: asyncio tells what it has."""

    async def main() -> None:
        came = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, came.set)
        async with stop_on_signals() as stop:
            kill()
            await stop.wait()
            assert not came.is_set()
        kill()
        await came.wait()

    run(main(), loop_factory=asyncio.SelectorEventLoop)


@pytest.mark.usefixtures("unheard")
def test_a_handler_of_a_loop_that_does_not_show_it_is_left_in_its_place() -> None:
    """It could not be put back: refused at once, and it is still there."""
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        came = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, came.set)
        with pytest.raises(RuntimeError, match="the loop has a handler of SIGTERM already"):
            async with stop_on_signals():
                raise AssertionError
        kill()
        await came.wait()

    run(main(), loop_factory=uvloop.new_event_loop)
