"""Turns: long work in the loop lets others go on."""

import asyncio

from event_collector_widgets.trial.turns import Turns

from tests.support import in_virtual_time, settle, virtual_loop


@in_virtual_time
async def test_a_slice_is_shared_by_all_who_work() -> None:
    """However many there are, others have their turn after 2 ms and a step of each."""
    turns = Turns()
    log: list[str] = []

    async def work(steps: int) -> None:
        for _ in range(steps):
            virtual_loop().advance(0.0005)
            log.append("work")
            await turns.give()

    async def heart() -> None:
        while True:
            log.append("beat")
            await asyncio.sleep(0)

    beating = asyncio.create_task(heart())
    await asyncio.gather(*(work(40) for _ in range(3)))
    beating.cancel()
    await settle()
    longest = max(len(run.split()) for run in " ".join(log).split("beat"))
    assert log.count("work") == 120
    assert 4 <= longest <= 8
