"""A simulation that would wait for ever ends with what waits, and where."""

import asyncio
import pickle
import subprocess
import sys

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.settling import Place
from event_collector.simulation import DeadlockError, RealTimeError, Waiting, simulate


async def wait_for_ever() -> None:
    """Wait for what nobody ends."""
    await asyncio.Event().wait()


def test_a_deadlock_says_where_main_waits() -> None:
    """File, line and function of the user's own code, and the line itself."""

    async def main() -> None:
        await asyncio.sleep(2.5)
        await wait_for_ever()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    line = wait_for_ever.__code__.co_firstlineno + 2
    assert str(caught.value) == (
        "nothing is ready at 2.5 s and no timer is set, so these wait for ever; "
        "have somebody end what they wait for\n"
        f"  main, at {__file__}:{line} in wait_for_ever: await asyncio.Event().wait()"
    )
    assert caught.value.now == 2.5
    assert caught.value.waiting[0].place == Place(__file__, line, "wait_for_ever")


def test_a_sleep_without_end_is_a_deadlock() -> None:
    """The clock does not jump to infinity."""
    with pytest.raises(DeadlockError, match=r"^nothing is ready at 0 s and"):
        simulate(lambda: asyncio.sleep(float("inf")))


def test_a_deadlock_names_consumers_with_event_and_collector() -> None:
    """One collector alone, and several at once, each in a task of its own."""

    async def stuck(payload: Payload[int], ctx: Context) -> Result:
        await wait_for_ever()
        return Ok(None)

    async def main() -> None:
        collectors = [Collector("a", stuck), Collector("b", stuck)]
        queue = CollectorQueue(collectors, min_consumers=0, max_consumers=2, shutdown_timeout=None)
        async with queue:
            for number in range(3):
                queue.get_publisher().send(Payload(number))
            await queue.get_publisher().wait()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    told = [(one.name, one.event, one.collector) for one in caught.value.waiting]
    assert told[0] == ("main", None, None)
    assert sorted(told[1:], key=str) == [
        ("consumer 1", 1, "a"),
        ("consumer 1", 1, "b"),
        ("consumer 2", 2, "a"),
        ("consumer 2", 2, "b"),
    ]
    assert "  consumer 1 with event 1 in 'a', at " in str(caught.value)
    assert {one.place and one.place.function for one in caught.value.waiting[1:]} == {
        "wait_for_ever"
    }


def test_a_deadlock_shows_twenty_and_counts_the_rest() -> None:
    """Main first, then by name, numbers as numbers."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(31):
                group.create_task(wait_for_ever(), name=f"A {number}")

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    lines = str(caught.value).splitlines()[1:]
    names = [line.strip().split(",")[0] for line in lines]
    assert names == ["main", *(f"A {number}" for number in range(19)), "and 12 more"]
    assert len(caught.value.waiting) == 32


def test_a_deadlock_cleans_up() -> None:
    """The blocks that are left run their ends, even one that waits for ever once more."""
    ended: list[str] = []

    async def main() -> None:
        try:
            await wait_for_ever()
        finally:
            try:
                await wait_for_ever()
            finally:
                await asyncio.sleep(1)
                ended.append("main")

    with pytest.raises(DeadlockError):
        simulate(main)
    assert ended == ["main"]


def test_a_cell_is_named_the_same_in_every_run() -> None:
    """A notebook's files have other names each time."""
    place = Place("/tmp/ipykernel_123/456.py", 7, "main")
    error = DeadlockError(1.0, (Waiting("main", place, "await x"),))
    assert str(error).endswith("\n  main, at line 7 of its cell, in main: await x")


@pytest.mark.parametrize(
    "error",
    [
        RealTimeError("add_reader", "a file"),
        DeadlockError(1.5, (Waiting("main", Place("a.py", 1, "main"), "", 3, "key"),)),
    ],
)
def test_the_errors_pickle_with_their_parts(error: Exception) -> None:
    """They may end up in an Error of another process."""
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert isinstance(error, RuntimeError)


def test_a_deadlock_in_a_script_ends_the_script() -> None:
    """With the report as the last lines on the screen."""
    code = (
        "import asyncio; from event_collector.simulation import simulate\n"
        "async def main():\n    await asyncio.Event().wait()\nsimulate(main)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("  main, at <string>:3 in main")
