"""Executors: which failed calls are told, when, and that nothing else about a future changes."""

import asyncio
import sysconfig
import threading
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
from event_collector_widgets.guard.cells import Run
from event_collector_widgets.guard.executors import Executors
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.loops import OtherLoops

from event_collector.simulation import simulate

RUN = Run("key", 1, "source")


@pytest.fixture
def told() -> list[Fault]:
    """What is told."""
    return []


@pytest.fixture
def watched(told: list[Fault]) -> Iterator[Executors]:
    """Executors that are watched."""
    watching = Executors(told.append, lambda: RUN, lambda: 0.0)
    watching.attach()
    yield watching
    watching.detach()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """One thread."""
    with ThreadPoolExecutor(1) as made:
        yield made


def failed(pool: ThreadPoolExecutor) -> "Future[int]":
    """A future whose call has failed."""
    future = pool.submit(int, "x")
    futures.wait([future])
    return future


def ended(pool: ThreadPoolExecutor) -> None:
    """All that was submitted has ended, and its thread keeps none of it."""
    pool.shutdown()


def test_a_future_that_is_dropped_is_told_once(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """With what was called, and who made it."""
    pool.submit(int, "x")
    pool.submit(int, "1")
    ended(pool)
    assert [(fault.what, fault.made, fault.types[0]) for fault in told] == [
        ("call of int() in an executor failed", RUN, ValueError)
    ]
    assert list(watched.kept()) == []


def test_a_future_that_is_kept_is_told_at_the_end(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """Once; and then it may go."""
    future = failed(pool)
    assert told == []
    assert len(list(watched.kept())) == 1
    del future
    ended(pool)
    assert told == []


@pytest.mark.parametrize("ask", ["result", "exception"])
def test_whoever_has_asked_has_seen_it(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor, ask: str
) -> None:
    """If it had ended: a time that is up tells nothing."""
    going = threading.Event()
    pool.submit(going.wait)
    future = pool.submit(int, "x")
    with pytest.raises(TimeoutError):
        getattr(future, ask)(timeout=0)
    going.set()
    futures.wait([future])
    assert len(list(watched.kept())) == 1
    other = failed(pool)
    with suppress(ValueError):
        getattr(other, ask)()
    assert list(watched.kept()) == []


def test_whoever_sees_one_of_a_map_has_seen_all(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """The first that fails ends it, and nobody can ask the others. Not gone through, it is told."""
    with pytest.raises(ValueError, match="'x'"):
        list(pool.map(int, ["x", "y", "z"]))
    ended(pool)
    assert told == []
    with ThreadPoolExecutor(1) as other:
        other.map(int, ["x", "y"])
    assert [fault.hint for fault in told] == ["go through what map() gives"]


def test_what_a_library_submits_is_its_own_affair(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """Whatever is installed is one, and so is asyncio, which gives a future of its own."""
    path = f"{sysconfig.get_path('purelib')}/library.py"
    exec(compile("pool.submit(int, 'x')", path, "exec"), {"__name__": "library", "pool": pool})

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.wait([loop.run_in_executor(pool, int, "x")])

    asyncio.run(main())
    ended(pool)
    assert told == []


def test_a_cell_that_is_run_again_has_nothing_to_tell_of_its_last_run(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """Its variables are set anew, and what they kept is freed."""
    future = failed(pool)
    watched.forget("another")
    assert len(told) == 0
    watched.forget("key")
    del future
    ended(pool)
    assert told == []


def test_what_a_cell_gives_is_told_unless_a_variable_keeps_it(
    watched: Executors, told: list[Fault], pool: ThreadPoolExecutor
) -> None:
    """IPython's own variables always do."""
    future = failed(pool)
    watched.given(future, {"mine": future})
    assert told == []
    watched.given(future, {"_": future})
    assert len(told) == 1


def test_a_future_that_is_watched_shows_itself_as_any_other(
    watched: Executors, pool: ThreadPoolExecutor
) -> None:
    """And is one again when nobody watches."""
    future = failed(pool)
    assert repr(future).startswith("<Future at 0x")
    assert isinstance(future, Future)
    watched.detach()
    assert type(future) is Future
    assert type(pool.submit(int)) is Future


@pytest.fixture
def listening(told: list[Fault]) -> Iterator[OtherLoops]:
    """The loops are heard."""
    made = OtherLoops(told.append, lambda: RUN, lambda: 0.0)
    made.attach()
    yield made
    made.detach()


def raising() -> None:
    """Fail."""
    raise ValueError("boom")


async def fall() -> None:
    """A callback fails, and then a task that nobody keeps."""

    async def leaf() -> None:
        raise KeyError("leaf")

    loop = asyncio.get_running_loop()
    loop.call_soon(raising)
    loop.create_task(leaf())  # noqa: RUF006
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_what_fails_in_the_loop_of_a_thread_is_told(
    listening: OtherLoops, told: list[Fault]
) -> None:
    """Its tasks and callbacks."""
    thread = threading.Thread(target=asyncio.run, args=(fall(),))
    thread.start()
    thread.join()
    assert sorted(fault.what for fault in told) == [
        "callback raising() of the event loop failed",
        "task of fall.<locals>.leaf() failed",
    ]
    assert {fault.made for fault in told} == {RUN}


def test_a_virtual_loop_is_left_alone(listening: OtherLoops, told: list[Fault]) -> None:
    """What fails in a simulation is the simulation's affair."""
    simulate(fall)
    assert told == []
