"""What a closed loop has left behind is collected at some time: it touches nothing any more."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload
from tests.support import queue_of, run, settle

pytestmark = pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")


class Held:
    """Lifecycles and processors that wait for what never comes, while they are held."""

    def __init__(self) -> None:
        self.entering = self.leaving = self.processing = False
        self.story: list[str] = []

    def collector(self, key: str) -> Collector:
        """A collector of such."""
        held = self

        class Lifecycle:
            def __init__(self, ctx: Context) -> None: ...

            async def __aenter__(self) -> None:
                if held.entering:
                    await asyncio.Event().wait()
                held.story.append(f"+{key}")

            async def __aexit__(self, kind: type[BaseException] | None, *exc: object) -> None:
                if kind is GeneratorExit:
                    return
                if held.leaving:
                    await asyncio.Event().wait()
                held.story.append(f"-{key}")

        async def process(payload: Payload[Any], ctx: Context) -> Any:
            if held.processing:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            return Ok(payload.value)

        return Collector(key, process, lifecycle=Lifecycle, max_concurrency=1)


async def _starting(queue: CollectorQueue, held: Held) -> None:
    held.entering = True
    asyncio.get_running_loop().create_task(queue.init_queue())


async def _adding(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.entering = True
    asyncio.get_running_loop().create_task(queue.add(held.collector("c")))


async def _removing(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.processing = True
    queue.get_publisher().send_nowait(Payload(1))
    await settle()
    asyncio.get_running_loop().create_task(queue.remove("a"))


async def _leaving_one(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.leaving = True
    asyncio.get_running_loop().create_task(queue.remove("a"))


async def _draining(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.processing = True
    for value in range(4):
        queue.get_publisher().send_nowait(Payload(value))
    asyncio.get_running_loop().create_task(queue.shut_down_queue())


async def _leaving(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.leaving = True
    asyncio.get_running_loop().create_task(queue.shut_down_queue())


async def _giving_up(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.leaving = True
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def _running(queue: CollectorQueue, held: Held) -> None:
    await queue.init_queue()
    held.processing = True
    for value in range(4):
        queue.get_publisher().send_nowait(Payload(value))


WAYS = [
    *(_starting, _adding, _removing, _leaving_one, _draining, _leaving, _giving_up, _running),
]


@pytest.fixture(autouse=True)
def _not_before() -> Iterator[None]:
    gc.freeze()  # what was there is not looked through each time
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("then", ["at work", "starting", "between"])
@pytest.mark.parametrize("way", WAYS)
def test_a_queue_that_works_in_another_loop_is_not_touched(
    way: Callable[[CollectorQueue, Held], Coroutine[Any, Any, None]], then: str
) -> None:
    """Wherever its first loop was closed over it, and whenever that is collected."""
    held = Held()
    queue = queue_of(*map(held.collector, "ab"), max_consumers=3)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # told of tasks that never end
    loop.run_until_complete(way(queue, held))
    loop.run_until_complete(settle())
    loop.close()
    del loop

    async def main() -> None:
        if then == "starting":
            held.entering = True
            start = asyncio.create_task(queue.init_queue())
            await settle()
            gc.collect()
            start.cancel()
            with pytest.raises(asyncio.CancelledError):
                await start
            held.entering = False
        await queue.init_queue()
        if then == "at work":
            gc.collect()
        await settle()
        keys = list(queue.collectors)
        assert queue.running
        assert held.story == [f"+{key}" for key in keys]
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(4)]
        for event in events:
            assert await event.wait() == [Ok(event.payload.value)] * len(keys)
        with pytest.raises(ValueError, match="has a collector with the key"):
            await queue.add(held.collector(keys[0]))
        await queue.shut_down_queue()
        assert held.story[len(keys) :] == [f"-{key}" for key in reversed(keys)]

    if then == "between":
        gc.collect()
    held.entering = held.leaving = held.processing = False
    held.story.clear()
    run(main())
    gc.collect()
